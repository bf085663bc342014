/*
 * The parts of main.ts that are more than a few lines, in one file of the build; each is evaluated when it is needed.
 */
export const loadEnter = () => import('./enter.ts');
export const loadReport = () => import('./report.ts');
export const loadRootlessEntry = () => import('./rootless-entry.ts');

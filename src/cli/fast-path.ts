/*
 * What main.ts needs of more than a few lines, each part loaded when it is called for: a file of the build.
 */
export const loadEnter = () => import('./enter.ts');
export const loadReport = () => import('./report.ts');
export const loadRootlessEntry = () => import('./rootless-entry.ts');

export { RelevanceFilter } from './relevance.ts';
export { FileWatch } from './files.ts';
export { DriftTracker } from './drift.ts';
export { NetlinkMonitor } from './netlink-monitor.ts';
export { ProgramWatch } from './programs.ts';

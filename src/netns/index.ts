export { becomeIn } from './become.ts';
export { excursion, within, withinMounts, type Excursion } from './excursion.ts';
export {
  isNamespace,
  listNamespaces,
  namespaceInode,
  openNamespace,
  openOwnNamespace,
  type NamedNamespace,
} from './namespace.ts';
export { arrangeMounts, makeMounts } from './mounts.ts';
export {
  endAll,
  environmentOf,
  mountsOf,
  ownLine,
  processesIn,
  processesOf,
  statOf,
  type Farewell,
  type NodeProcess,
  type ProcessStat,
} from './processes.ts';
export { spawnIn, type Surroundings } from './process.ts';
export { checkName, namespacePath, NETNS_DIRECTORY, NETNS_ETC_DIRECTORY, RUN_DIRECTORY } from './paths.ts';
export { linkTarget, Pins } from './pins.ts';

export { type CompiledHere, compileHere, compileSaved } from './compiled.ts';
export { difference } from './difference.ts';
export {
  type LabInOtherMounts,
  labsInOtherMounts,
  notUp,
  privateMountsWarning,
  refuseInOtherMounts,
  refuseUnpropagated,
  requirePersistentMounts,
} from './other-mounts.ts';
export {
  changedByHand,
  OtherMountNamespaceError,
  otherMountsText,
  NotFoundError,
  UnreadableError,
  upInOtherMounts,
} from './error.ts';
export { forgetSettings, madeSettings, noteSettings, settingsNow } from './settings.ts';
export {
  hasTopology,
  load,
  openFolder,
  requireFolder,
  savedNodeNames,
  savedSource,
  savedTopology,
  saveSource,
  type Settings,
  type Source,
  topologyVersion,
} from './saved-topology.ts';
export { EXTENSIONS, readTopologyFile, TopologyFileError } from './topology-file.ts';
export { folderOfFile } from './folder.ts';
export { savedFile, savedServices } from './names.ts';

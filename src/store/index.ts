export { type CompiledForHost, compileForHost, compileSaved } from './compiled.ts';
export { difference } from './difference.ts';
export {
  type LabInOtherMounts,
  labsInOtherMounts,
  notUpError,
  privateMountsWarning,
  refuseInOtherMounts,
  refuseUnpropagated,
  requirePersistentMounts,
} from './other-mounts.ts';
export {
  changedByHandError,
  OtherMountNamespaceError,
  otherMountsText,
  NotFoundError,
  UnreadableError,
  upInOtherMountsError,
} from './error.ts';
export { trimSettingNames, changedSettingNames, saveSettingNames, currentSettings } from './settings.ts';
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

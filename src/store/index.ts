export { type CompiledHere, compileHere, compileSaved } from './compiled.ts';
export { difference } from './difference.ts';
export {
  type LabElsewhere,
  labsElsewhere,
  notUp,
  passingMounts,
  refuseElsewhere,
  refuseUnseen,
  requireLastingMounts,
} from './elsewhere.ts';
export { changedByHand, ElsewhereError, elsewhereText, NotFoundError, UnreadableError, upElsewhere } from './error.ts';
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

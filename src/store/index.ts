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
export { changedByHand, ElsewhereError, elsewhereText, NotFoundError, UnreadableError } from './error.ts';
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
} from './source.ts';
export { readTopologyFile, TopologyFileError } from './topology-file.ts';

export { checkCommand, joinCommand, splitCommand } from './command.ts';
export { describe } from './describe.ts';
export { type Path, TopologyError, type TopologyIssue } from './error.ts';
export { isNameless, labNameOf } from './file-name.ts';
export { formatFlow, parseFlow } from './flow.ts';
export { FormatError } from './format-error.ts';
export { checkHostName, HOST_NAME_MAX } from './host-name.ts';
export { Issues, type Source } from './issues.ts';
export { isList, listOf } from './list.ts';
export {
  DIGITS,
  fittingName,
  interfaceNameFault,
  isLabName,
  LAB_NAME_MAX,
  LinkNames,
  NAME,
  NETWORK_NAME_MAX,
  NODE_NAME_MAX,
  RESERVED_NETWORKS,
  RESERVED_NODES,
} from './names.ts';
export { type Note, Notes } from './notes.ts';
export { PORT_MAX, type PortRange, readPortRange } from './ports.ts';
export {
  type DeepReadonly,
  duration,
  EXTENSION,
  integer,
  isMap,
  keyName,
  type KnownKeys,
  name,
  type OneOf,
  port,
  record,
  strict,
  text,
} from './schema-parts.ts';
export { parseDuration } from './units.ts';
export { validate } from './validate.ts';
export { isVariableName, type Variables } from './variables.ts';
export { readYaml, type TextAt } from './yaml.ts';
export { yamlText } from './yaml-text.ts';

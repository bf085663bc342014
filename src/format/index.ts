export { describe } from './describe.ts';
export { type Path, TopologyError, type TopologyIssue } from './error.ts';
export { isNameless, labNameOf } from './file-name.ts';
export { FormatError } from './format-error.ts';
export { Issues, type Source } from './issues.ts';
export {
  DIGITS,
  fittingName,
  interfaceNameFault,
  LAB_NAME_MAX,
  LinkNames,
  NAME,
  NETWORK_NAME_MAX,
  NODE_NAME_MAX,
  RESERVED_NETWORKS,
  RESERVED_NODES,
} from './names.ts';
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
export { isVariableName, substitute, type Variables, withoutVariables } from './variables.ts';
export { readYaml, type TextAt } from './yaml.ts';

/** Types and functions that define a kind of link and its options. */
export {
  defineKind,
  type AnyKind,
  type AnyOptions,
  type DoctorLine,
  type Kind,
  type LowerKind,
  type PortKind,
} from './kind.ts';
export { decodeOptions, encodeOptions, fixedOption, optionsIn, optionWords, withInitial } from './values.ts';
export {
  address,
  bareChoice,
  choice,
  integer,
  needed,
  onOff,
  seconds,
  type Option,
  type Options,
  type OptionsOf,
  type Shown,
  type Values,
  type Words,
} from './option.ts';
export { vlanProtocol } from './vlan-protocol.ts';

/**
 * The behaviour of NATs in the terms of RFC 4787 and RFC 5382, and the nftables table for a policy: generated, and read
 * back from the kernel.
 */
export { longForm, type NatLongForm } from './long-form.ts';
export type { Nat } from './model.ts';
export { LONGEST_PREFIX, translatedSubnet } from './nptv6.ts';
export {
  DEFAULT_PRESET,
  ENDPOINT_DEPENDENT,
  FILTERINGS,
  IPV6_MODES,
  MAPPINGS,
  type NatPolicy,
  parsePorts,
  PRESET_NAMES,
  PRESETS,
} from './policy.ts';
export { type FoundNat, readNat } from './read.ts';
export { natSysctls } from './sysctls.ts';
export { NAT_TABLE, natTable } from './table.ts';

import { attribute, attributes, u32 } from '../../wire/index.ts';

/** IFLA_VRF_* of linux/if_link.h. */
export const vrf = attributes('vrf', {
  /** The routing table of the interfaces it is the master of. */
  table: attribute(1, u32),
});

/** IFLA_VRF_PORT_* of linux/if_link.h: read-only. */
export const vrfPort = attributes('vrfPort', {
  table: attribute(1, u32),
});

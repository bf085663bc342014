import { attribute, attributes, u32 } from '../wire/index.ts';
import { defineKind, integer, needed } from './define/index.ts';

/** IFLA_VRF_PORT_* of linux/if_link.h: read-only. */
const port = {
  data: attributes('vrfPort', {
    table: attribute(1, u32),
  }),
  options: {},
};

/** A master whose ports use a separate routing table (virtual routing and forwarding). */
export const vrf = defineKind({
  name: 'vrf',
  doctor: { title: 'VRFs', needed: 'several routing tables in one node' },
  explanation: 'A VRF is the master of interfaces that use a separate routing table.',
  /** IFLA_VRF_* of linux/if_link.h. */
  data: attributes('vrf', {
    /** The routing table of its ports. */
    table: attribute(1, u32),
  }),
  options: {
    table: needed(integer('table', 1, 0xffff_ffff, { fixed: true })),
  },
  trial: { table: 10 },
  port,
});

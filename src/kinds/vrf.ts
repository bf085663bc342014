import { attribute, attributes, u32 } from '../wire/index.ts';
import { defineKind, integer, needed } from './define/index.ts';

/** IFLA_VRF_PORT_* of linux/if_link.h: read-only. */
const port = {
  data: attributes('vrfPort', {
    table: attribute(1, u32),
  }),
  options: {},
};

/** A master whose ports have a routing table of their own (virtual routing and forwarding). */
export const vrf = defineKind({
  name: 'vrf',
  doctor: { title: 'VRFs', needed: 'several routing tables in one node' },
  explanation: 'A VRF is the master of interfaces that have a routing table of their own.',
  /** IFLA_VRF_* of linux/if_link.h. */
  data: attributes('vrf', {
    /** The routing table of the interfaces it is the master of. */
    table: attribute(1, u32),
  }),
  options: {
    table: needed(integer('table', 1, 0xffff_ffff, { fixed: true })),
  },
  trial: { table: 10 },
  port,
});

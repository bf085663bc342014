import { attribute, attributes, bytes, struct, u16, u32 } from '../wire/index.ts';
import { choice, defineKind, integer, needed, onOff, vlanProtocol } from './define/index.ts';

/** VLAN_FLAG_* of linux/if_vlan.h, by the names of options. */
const FLAGS = { reorderHeader: 1, looseBinding: 4 } as const;

/** A VLAN interface (IEEE 802.1Q): it sends and receives frames with its tag on the lower link. */
export const vlan = defineKind({
  name: 'vlan',
  module: '8021q',
  doctor: { title: 'VLANs (802.1Q)', needed: 'VLAN interfaces' },
  explanation: 'A VLAN interface sends and receives frames with its VLAN tag on the lower link.',
  lower: { needed: true, in: 'IFLA_LINK' },
  /** IFLA_VLAN_* of linux/if_link.h. */
  data: attributes('vlan', {
    /** 0 to 4094. */
    id: attribute(1, u16),
    /** VLAN_FLAG_* of linux/if_vlan.h: the bits of `flags` that `mask` selects. */
    flags: attribute(2, struct('vlanFlags', { flags: u32, mask: u32 })),
    /** Lists of struct ifla_vlan_qos_mapping, not decoded. */
    egressQos: attribute(3, bytes()),
    ingressQos: attribute(4, bytes()),
    protocol: attribute(5, vlanProtocol),
  }),
  options: {
    id: needed(integer('id', 0, 4094, { fixed: true })),
    protocol: choice('protocol', ['802.1Q', '802.1ad'], { fixed: true, initial: '802.1Q' }),
    /** Programs receive frames without the tag (VLAN_FLAG_REORDER_HDR). */
    reorderHeader: onOff('reorder_hdr', 'on off', { initial: true, shown: ['flags', 'REORDER_HDR'] }),
    /** It stays up when the lower link goes down (VLAN_FLAG_LOOSE_BINDING). */
    looseBinding: onOff('loose_binding', 'on off', { initial: false, shown: ['flags', 'LOOSE_BINDING'] }),
  },
  trial: { id: 1 },
  encode({ reorderHeader, looseBinding, ...rest }) {
    const set = Object.entries({ reorderHeader, looseBinding }).filter(([, on]) => on !== undefined);
    if (set.length === 0) return rest;
    const bitsOf = (switches: typeof set): number =>
      switches.reduce((bits, [name]) => bits | FLAGS[name as keyof typeof FLAGS], 0);
    return { ...rest, flags: { flags: bitsOf(set.filter(([, on]) => on)), mask: bitsOf(set) } };
  },
  decode: (data) => ({
    id: data.id,
    protocol: data.protocol,
    reorderHeader: ((data.flags?.flags ?? 0) & FLAGS.reorderHeader) !== 0,
    looseBinding: ((data.flags?.flags ?? 0) & FLAGS.looseBinding) !== 0,
  }),
});

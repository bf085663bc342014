import { attribute, attributes, bytes, struct, u16, u32 } from '../../wire/index.ts';
import { vlanProtocol } from './vlan-protocol.ts';

/** IFLA_VLAN_* of linux/if_link.h. */
export const vlan = attributes('vlan', {
  /** 0 to 4094. */
  id: attribute(1, u16),
  /** VLAN_FLAG_* of linux/if_vlan.h: the bits of `flags` that `mask` selects. */
  flags: attribute(2, struct('vlanFlags', { flags: u32, mask: u32 })),
  /** Lists of struct ifla_vlan_qos_mapping, as they are. */
  egressQos: attribute(3, bytes()),
  ingressQos: attribute(4, bytes()),
  protocol: attribute(5, vlanProtocol),
});

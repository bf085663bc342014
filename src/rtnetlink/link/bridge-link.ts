import { attribute, attributes, message, sequence, struct, u16, u32, type Infer } from '../../wire/index.ts';
import { bridgePort } from '../../kinds/index.ts';
import { ifinfomsg, linkFields } from './link.ts';

/** IFLA_BRIDGE_VLAN_TUNNEL_* of linux/if_bridge.h. */
const vlanTunnelInfo = attributes('vlanTunnelInfo', {
  id: attribute(1, u32),
  vid: attribute(2, u16),
  flags: attribute(3, u16),
});

/** IFLA_BRIDGE_* of linux/if_bridge.h. */
const bridgeAfSpec = attributes('afSpec', {
  /** BRIDGE_FLAGS_*: a request is for the bridge (MASTER) or for the link itself (SELF). */
  flags: attribute(0, u16),
  mode: attribute(1, u16),
  /** struct bridge_vlan_info: BRIDGE_VLAN_INFO_* and a VLAN ID from 1 to 4094. */
  vlanInfo: attribute(2, struct('vlanInfo', { flags: u16, vid: u16 })),
  vlanTunnelInfo: attribute(3, vlanTunnelInfo),
});

/**
 * A bridge or a bridge port: RTM_NEWLINK and RTM_SETLINK with family AF_BRIDGE. IFLA_PROTINFO and IFLA_AF_SPEC have
 * another content than in {@link linkMessage}. The VLANs of a port are elements of `afSpec`.
 */
export const bridgeLinkMessage = message(
  'bridgeLink',
  ifinfomsg,
  attributes('bridgeLink', {
    ...linkFields,
    protInfo: attribute(12, bridgePort, { nested: true }),
    afSpec: attribute(26, sequence(bridgeAfSpec)),
  }),
);
/** A bridge or a bridge port, with its VLANs. */
export type BridgeLink = Infer<typeof bridgeLinkMessage>;

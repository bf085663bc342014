import { be16, named } from '../../wire/index.ts';

/** The EtherType of the VLAN tag (TPID): ETH_P_8021Q and ETH_P_8021AD of linux/if_ether.h. */
export const vlanProtocol = named(be16, { '802.1Q': 0x8100, '802.1ad': 0x88a8 });

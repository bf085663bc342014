import { be16, named } from '../../wire/index.ts';

/** The EtherType that marks a frame as tagged: linux/if_ether.h. */
export const vlanProtocol = named(be16, { '802.1Q': 0x8100, '802.1ad': 0x88a8 });

import { be16, mac, struct } from '../../wire/index.ts';

/** struct ifla_bridge_id of linux/if_link.h. */
export const bridgeId = struct('bridgeId', { priority: be16, address: mac });

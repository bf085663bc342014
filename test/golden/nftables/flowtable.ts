// What Linux 6.1 says, after nft 1.0.6 read:
//
//     table inet t { flowtable f { hook ingress priority 0; devices = { eth0, uplink }; }; }
import { flowtable } from '../../../src/nftables/schema/flowtable.ts';
import { capture } from '../rtnetlink/capture.ts';

export const captures = [
  capture(
    'a flowtable of two devices',
    flowtable,
    `
      01 00 00 02  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 66 00 00 00  # name f
      08 00 04 00 00 00 00 00  # use
      0c 00 05 00 00 00 00 00 00 00 00 01  # handle
      08 00 07 00 00 00 00 00  # flags
      30 00 03 00  # hook
        08 00 01 00 00 00 00 00  # number
        08 00 02 00 00 00 00 00  # priority
        1c 00 03 00  # devices
          0b 00 01 00 75 70 6c 69 6e 6b 00 00  # uplink
          09 00 01 00 65 74 68 30 00 00 00 00  # eth0
    `,
    {
      family: 1,
      version: 0,
      resourceId: 2,
      table: 't',
      name: 'f',
      use: 0,
      handle: 1n,
      flags: 0,
      hook: { number: 0, priority: 0, devices: ['uplink', 'eth0'] },
    },
  ),
];

// What Linux 6.18 says, after nft 1.0.6 read:
//
//     table inet t { comment "of the lab"; }
import { table } from '../../../src/nftables/schema/table.ts';
import { bytes, capture } from '../rtnetlink/capture.ts';

export const captures = [
  capture(
    'a table with a comment',
    table,
    `
      01 00 00 02  # nfgenmsg
      06 00 01 00 74 00 00 00  # name t
      08 00 03 00 00 00 00 00  # use
      0c 00 04 00 00 00 00 00 00 00 00 01  # handle
      08 00 02 00 00 00 00 00  # flags
      11 00 06 00 00 0b 6f 66 20 74 68 65 20 6c 61 62 00 00 00 00  # userData
    `,
    {
      family: 1,
      version: 0,
      resourceId: 2,
      name: 't',
      use: 0,
      handle: 1n,
      flags: 0,
      userData: bytes('000b6f6620746865206c616200'),
    },
  ),
];

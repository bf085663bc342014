// What Linux 6.18 says, after nft 1.0.6 read:
//
//     table netdev n { chain in { type filter hook ingress device "lo" priority -5; policy drop; }
//     }
//     table inet t { chain plain { }
//     chain nat { type nat hook postrouting priority 100; }
//     }
import { chain } from '../../../src/nftables/schema/chain.ts';
import { capture } from '../rtnetlink/capture.ts';

export const captures = [
  capture(
    'a base chain of a device',
    chain,
    `
      05 00 00 03  # nfgenmsg
      06 00 01 00 6e 00 00 00  # table n
      07 00 03 00 69 6e 00 00  # name in
      0c 00 02 00 00 00 00 00 00 00 00 01  # handle
      28 00 04 00  # hook
        08 00 01 00 00 00 00 00  # number
        08 00 02 00 ff ff ff fb  # priority
        0c 00 04 00  # devices
          07 00 01 00 6c 6f 00 00  # element 0 lo
        07 00 03 00 6c 6f 00 00  # device lo
      08 00 05 00 00 00 00 00  # policy
      0b 00 07 00 66 69 6c 74 65 72 00 00  # type filter
      08 00 0a 00 00 00 00 01  # flags
      08 00 06 00 00 00 00 00  # use
    `,
    {
      family: 5,
      version: 0,
      resourceId: 3,
      table: 'n',
      name: 'in',
      handle: 1n,
      hook: {
        number: 0,
        priority: -5,
        devices: ['lo'],
        device: 'lo',
      },
      policy: 0,
      type: 'filter',
      flags: 1,
      use: 0,
    },
  ),
  capture(
    'a plain chain',
    chain,
    `
      01 00 00 03  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      0a 00 03 00 70 6c 61 69 6e 00 00 00  # name plain
      0c 00 02 00 00 00 00 00 00 00 00 01  # handle
      08 00 06 00 00 00 00 00  # use
    `,
    {
      family: 1,
      version: 0,
      resourceId: 3,
      table: 't',
      name: 'plain',
      handle: 1n,
      use: 0,
    },
  ),
  capture(
    'a base chain',
    chain,
    `
      01 00 00 03  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      08 00 03 00 6e 61 74 00  # name nat
      0c 00 02 00 00 00 00 00 00 00 00 02  # handle
      14 00 04 00  # hook
        08 00 01 00 00 00 00 04  # number
        08 00 02 00 00 00 00 64  # priority
      08 00 05 00 00 00 00 01  # policy
      08 00 07 00 6e 61 74 00  # type nat
      08 00 0a 00 00 00 00 01  # flags
      08 00 06 00 00 00 00 00  # use
    `,
    {
      family: 1,
      version: 0,
      resourceId: 3,
      table: 't',
      name: 'nat',
      handle: 2n,
      hook: { number: 4, priority: 100 },
      policy: 1,
      type: 'nat',
      flags: 1,
      use: 0,
    },
  ),
];

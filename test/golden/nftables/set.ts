// What Linux 6.18 says, after nft 1.0.6 read:
//
//     table inet t { set ranges { type ipv4_addr . inet_service; flags interval; }
//     map fate { type inet_service : verdict; }
//     set seen { type ifname; flags dynamic,timeout; timeout 60s; size 100; }
//     }
import { set } from '../../../src/nftables/schema/set.ts';
import { bytes, capture } from '../rtnetlink/capture.ts';

export const captures = [
  capture(
    'a concatenation of ranges',
    set,
    `
      01 00 00 06  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      0b 00 02 00 72 61 6e 67 65 73 00 00  # name ranges
      0c 00 10 00 00 00 00 00 00 00 00 01  # handle
      08 00 03 00 00 00 00 84  # flags
      08 00 04 00 00 00 01 cd  # keyType
      08 00 05 00 00 00 00 08  # keyLength
      14 00 0d 00 00 04 00 00 00 00 03 08 00 04 0d 00 00 00 01 00  # userData
      20 00 09 00  # desc
        1c 00 02 00  # concat
          0c 00 01 00  # element 0
            08 00 01 00 00 00 00 04  # length
          0c 00 01 00  # element 1
            08 00 01 00 00 00 00 02  # length
      17 00 13 00 30 78 66 66 66 66 66 66 66 66 38 32 35 30 38 31 61 30 00 00  # kind 0xffffffff825081a0
      08 00 14 00 00 00 00 00  # count
    `,
    {
      family: 1,
      version: 0,
      resourceId: 6,
      table: 't',
      name: 'ranges',
      handle: 1n,
      flags: 132,
      keyType: 461,
      keyLength: 8,
      userData: bytes('000400000000030800040d0000000100'),
      desc: {
        concat: [{ length: 4 }, { length: 2 }],
      },
      kind: '0xffffffff825081a0',
      count: 0,
    },
  ),
  capture(
    'a verdict map',
    set,
    `
      01 00 00 06  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      09 00 02 00 66 61 74 65 00 00 00 00  # name fate
      0c 00 10 00 00 00 00 00 00 00 00 02  # handle
      08 00 03 00 00 00 00 08  # flags
      08 00 04 00 00 00 00 0d  # keyType
      08 00 05 00 00 00 00 02  # keyLength
      08 00 06 00 ff ff ff 00  # dataType
      08 00 07 00 00 00 00 10  # dataLength
      16 00 0d 00 00 04 02 00 00 00 01 04 00 00 00 00 06 04 00 00 00 00 00 00  # userData
      04 00 09 00  # desc
      17 00 13 00 30 78 66 66 66 66 66 66 66 66 38 32 35 30 37 66 34 30 00 00  # kind 0xffffffff82507f40
      08 00 14 00 00 00 00 00  # count
    `,
    {
      family: 1,
      version: 0,
      resourceId: 6,
      table: 't',
      name: 'fate',
      handle: 2n,
      flags: 8,
      keyType: 13,
      keyLength: 2,
      dataType: 4294967040,
      dataLength: 16,
      userData: bytes('000402000000010400000000060400000000'),
      desc: {},
      kind: '0xffffffff82507f40',
      count: 0,
    },
  ),
  capture(
    'a dynamic set',
    set,
    `
      01 00 00 06  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      09 00 02 00 73 65 65 6e 00 00 00 00  # name seen
      0c 00 10 00 00 00 00 00 00 00 00 03  # handle
      08 00 03 00 00 00 00 30  # flags
      08 00 04 00 00 00 00 29  # keyType
      08 00 05 00 00 00 00 10  # keyLength
      0c 00 0b 00 00 00 00 00 00 00 ea 60  # timeout
      0a 00 0d 00 00 04 01 00 00 00 00 00  # userData
      0c 00 09 00  # desc
        08 00 01 00 00 00 00 64  # size
      17 00 13 00 30 78 66 66 66 66 66 66 66 66 38 32 35 30 37 66 34 30 00 00  # kind 0xffffffff82507f40
      08 00 14 00 00 00 00 00  # count
    `,
    {
      family: 1,
      version: 0,
      resourceId: 6,
      table: 't',
      name: 'seen',
      handle: 3n,
      flags: 48,
      keyType: 41,
      keyLength: 16,
      timeout: 60000n,
      userData: bytes('000401000000'),
      desc: { size: 100 },
      kind: '0xffffffff82507f40',
      count: 0,
    },
  ),
];

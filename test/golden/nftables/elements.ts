// What Linux 6.18 says, after nft 1.0.6 read:
//
//     table inet t { set hosts { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 255.0.0.0/8 } }
//     map fate { type ipv4_addr . inet_service : verdict; flags interval; elements = { 1.2.3.0/24 . 80-90 : drop } }
//     }
import { elements } from '../../../src/nftables/schema/elements.ts';
import { bytes, capture } from '../rtnetlink/capture.ts';

export const captures = [
  capture(
    'intervals with their ends',
    elements,
    `
      01 00 00 07  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      0a 00 02 00 68 6f 73 74 73 00 00 00  # set hosts
      60 00 03 00  # elements
        1c 00 01 00  # element 0
          0c 00 01 00  # key
            08 00 01 00 ff 00 00 00  # value
          0a 00 06 00 01 04 01 00 00 00 00 00  # userData
        18 00 01 00  # element 1
          0c 00 01 00  # key
            08 00 01 00 0b 00 00 00  # value
          08 00 03 00 00 00 00 01  # flags
        10 00 01 00  # element 2
          0c 00 01 00  # key
            08 00 01 00 0a 00 00 00  # value
        18 00 01 00  # element 3
          0c 00 01 00  # key
            08 00 01 00 00 00 00 00  # value
          08 00 03 00 00 00 00 01  # flags
    `,
    {
      family: 1,
      version: 0,
      resourceId: 7,
      table: 't',
      set: 'hosts',
      elements: [
        {
          key: { value: bytes('ff000000') },
          userData: bytes('010401000000'),
        },
        {
          key: { value: bytes('0b000000') },
          flags: 1,
        },
        {
          key: { value: bytes('0a000000') },
        },
        {
          key: { value: bytes('00000000') },
          flags: 1,
        },
      ],
    },
  ),
  capture(
    'intervals with their ends',
    elements,
    `
      01 00 00 07  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      0a 00 02 00 68 6f 73 74 73 00 00 00  # set hosts
      04 00 03 00  # elements
    `,
    {
      family: 1,
      version: 0,
      resourceId: 7,
      table: 't',
      set: 'hosts',
      elements: [],
    },
  ),
  capture(
    'ranges of a concatenation with a verdict',
    elements,
    `
      01 00 00 07  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      09 00 02 00 66 61 74 65 00 00 00 00  # set fate
      38 00 03 00  # elements
        34 00 01 00  # element 0
          10 00 01 00  # key
            0c 00 01 00 01 02 03 00 00 50 00 00  # value
          10 00 0a 00  # keyEnd
            0c 00 01 00 01 02 03 ff 00 5a 00 00  # value
          10 00 02 00  # data
            0c 00 02 00  # verdict
              08 00 01 00 00 00 00 00  # code
    `,
    {
      family: 1,
      version: 0,
      resourceId: 7,
      table: 't',
      set: 'fate',
      elements: [
        {
          key: { value: bytes('0102030000500000') },
          keyEnd: { value: bytes('010203ff005a0000') },
          data: {
            verdict: { code: 0 },
          },
        },
      ],
    },
  ),
  capture(
    'ranges of a concatenation with a verdict',
    elements,
    `
      01 00 00 07  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      09 00 02 00 66 61 74 65 00 00 00 00  # set fate
      04 00 03 00  # elements
    `,
    {
      family: 1,
      version: 0,
      resourceId: 7,
      table: 't',
      set: 'fate',
      elements: [],
    },
  ),
];

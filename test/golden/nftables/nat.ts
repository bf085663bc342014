// What Linux 6.18 says, after nft 1.0.6 read:
//
//     table inet t { chain c { type nat hook prerouting priority 0;
//     tcp dport 80 dnat ip to 10.0.0.1-10.0.0.9:8080-8090 random
//     udp dport 53 redirect to :5353
//     }
//     chain d { type nat hook postrouting priority 0;
//     meta l4proto tcp masquerade to :1000-2000 fully-random
//     }
//     }
import { rule } from '../../../src/nftables/schema/rule.ts';
import { bytes, capture } from '../rtnetlink/capture.ts';

export const captures = [
  capture(
    'dnat',
    rule,
    `
      01 00 00 05  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 63 00 00 00  # chain c
      0c 00 03 00 00 00 00 00 00 00 00 03  # handle
      ac 01 04 00  # expressions
        24 00 01 00  # element 0
          09 00 01 00 6d 65 74 61 00 00 00 00  # name meta
          14 00 02 00  # data
            08 00 02 00 00 00 00 10  # key
            08 00 01 00 00 00 00 01  # dreg
        2c 00 01 00  # element 1
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              05 00 01 00 06 00 00 00  # value
        34 00 01 00  # element 2
          0c 00 01 00 70 61 79 6c 6f 61 64 00  # name payload
          24 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            08 00 02 00 00 00 00 02  # base
            08 00 03 00 00 00 00 02  # offset
            08 00 04 00 00 00 00 02  # len
        2c 00 01 00  # element 3
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              06 00 01 00 00 50 00 00  # value
        2c 00 01 00  # element 4
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          18 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            0c 00 02 00  # data
              08 00 01 00 0a 00 00 01  # value
        2c 00 01 00  # element 5
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          18 00 02 00  # data
            08 00 01 00 00 00 00 02  # dreg
            0c 00 02 00  # data
              08 00 01 00 0a 00 00 09  # value
        2c 00 01 00  # element 6
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          18 00 02 00  # data
            08 00 01 00 00 00 00 03  # dreg
            0c 00 02 00  # data
              06 00 01 00 1f 90 00 00  # value
        2c 00 01 00  # element 7
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          18 00 02 00  # data
            08 00 01 00 00 00 00 04  # dreg
            0c 00 02 00  # data
              06 00 01 00 1f 9a 00 00  # value
        48 00 01 00  # element 8
          08 00 01 00 6e 61 74 00  # name nat
          3c 00 02 00  # data
            08 00 01 00 00 00 00 01  # type
            08 00 02 00 00 00 00 02  # family
            08 00 03 00 00 00 00 01  # regAddrMin
            08 00 04 00 00 00 00 02  # regAddrMax
            08 00 05 00 00 00 00 03  # regProtoMin
            08 00 06 00 00 00 00 04  # regProtoMax
            08 00 07 00 00 00 00 07  # flags
    `,
    {
      family: 1,
      version: 0,
      resourceId: 5,
      table: 't',
      chain: 'c',
      handle: 3n,
      expressions: [
        {
          name: 'meta',
          data: { key: 16, dreg: 1 },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 0,
            data: { value: bytes('06') },
          },
        },
        {
          name: 'payload',
          data: { dreg: 1, base: 2, offset: 2, len: 2 },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 0,
            data: { value: bytes('0050') },
          },
        },
        {
          name: 'immediate',
          data: {
            dreg: 1,
            data: { value: bytes('0a000001') },
          },
        },
        {
          name: 'immediate',
          data: {
            dreg: 2,
            data: { value: bytes('0a000009') },
          },
        },
        {
          name: 'immediate',
          data: {
            dreg: 3,
            data: { value: bytes('1f90') },
          },
        },
        {
          name: 'immediate',
          data: {
            dreg: 4,
            data: { value: bytes('1f9a') },
          },
        },
        {
          name: 'nat',
          data: {
            type: 1,
            family: 2,
            regAddrMin: 1,
            regAddrMax: 2,
            regProtoMin: 3,
            regProtoMax: 4,
            flags: 7,
          },
        },
      ],
    },
  ),
  capture(
    'redirect',
    rule,
    `
      01 00 00 05  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 63 00 00 00  # chain c
      0c 00 03 00 00 00 00 00 00 00 00 04  # handle
      0c 00 06 00 00 00 00 00 00 00 00 03  # position
      0c 01 04 00  # expressions
        24 00 01 00  # element 0
          09 00 01 00 6d 65 74 61 00 00 00 00  # name meta
          14 00 02 00  # data
            08 00 02 00 00 00 00 10  # key
            08 00 01 00 00 00 00 01  # dreg
        2c 00 01 00  # element 1
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              05 00 01 00 11 00 00 00  # value
        34 00 01 00  # element 2
          0c 00 01 00 70 61 79 6c 6f 61 64 00  # name payload
          24 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            08 00 02 00 00 00 00 02  # base
            08 00 03 00 00 00 00 02  # offset
            08 00 04 00 00 00 00 02  # len
        2c 00 01 00  # element 3
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              06 00 01 00 00 35 00 00  # value
        2c 00 01 00  # element 4
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          18 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            0c 00 02 00  # data
              06 00 01 00 14 e9 00 00  # value
        2c 00 01 00  # element 5
          0a 00 01 00 72 65 64 69 72 00 00 00  # name redir
          1c 00 02 00  # data
            08 00 01 00 00 00 00 01  # regProtoMin
            08 00 02 00 00 00 00 01  # regProtoMax
            08 00 03 00 00 00 00 02  # flags
    `,
    {
      family: 1,
      version: 0,
      resourceId: 5,
      table: 't',
      chain: 'c',
      handle: 4n,
      position: 3n,
      expressions: [
        {
          name: 'meta',
          data: { key: 16, dreg: 1 },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 0,
            data: { value: bytes('11') },
          },
        },
        {
          name: 'payload',
          data: { dreg: 1, base: 2, offset: 2, len: 2 },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 0,
            data: { value: bytes('0035') },
          },
        },
        {
          name: 'immediate',
          data: {
            dreg: 1,
            data: { value: bytes('14e9') },
          },
        },
        {
          name: 'redir',
          data: { regProtoMin: 1, regProtoMax: 1, flags: 2 },
        },
      ],
    },
  ),
  capture(
    'masquerade',
    rule,
    `
      01 00 00 05  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 64 00 00 00  # chain d
      0c 00 03 00 00 00 00 00 00 00 00 05  # handle
      d8 00 04 00  # expressions
        24 00 01 00  # element 0
          09 00 01 00 6d 65 74 61 00 00 00 00  # name meta
          14 00 02 00  # data
            08 00 02 00 00 00 00 10  # key
            08 00 01 00 00 00 00 01  # dreg
        2c 00 01 00  # element 1
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              05 00 01 00 06 00 00 00  # value
        2c 00 01 00  # element 2
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          18 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            0c 00 02 00  # data
              06 00 01 00 03 e8 00 00  # value
        2c 00 01 00  # element 3
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          18 00 02 00  # data
            08 00 01 00 00 00 00 02  # dreg
            0c 00 02 00  # data
              06 00 01 00 07 d0 00 00  # value
        2c 00 01 00  # element 4
          09 00 01 00 6d 61 73 71 00 00 00 00  # name masq
          1c 00 02 00  # data
            08 00 01 00 00 00 00 12  # flags
            08 00 02 00 00 00 00 01  # regProtoMin
            08 00 03 00 00 00 00 02  # regProtoMax
    `,
    {
      family: 1,
      version: 0,
      resourceId: 5,
      table: 't',
      chain: 'd',
      handle: 5n,
      expressions: [
        {
          name: 'meta',
          data: { key: 16, dreg: 1 },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 0,
            data: { value: bytes('06') },
          },
        },
        {
          name: 'immediate',
          data: {
            dreg: 1,
            data: { value: bytes('03e8') },
          },
        },
        {
          name: 'immediate',
          data: {
            dreg: 2,
            data: { value: bytes('07d0') },
          },
        },
        {
          name: 'masq',
          data: { flags: 18, regProtoMin: 1, regProtoMax: 2 },
        },
      ],
    },
  ),
];

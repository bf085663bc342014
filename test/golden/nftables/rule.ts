// What Linux 6.18 says, after nft 1.0.6 read:
//
//     table inet t {
//     set s { type inet_service; }
//     chain d { }
//     chain c {
//     ip saddr 10.0.0.0/20 tcp dport 80-90 counter accept comment "hi"
//     ct state established,related log prefix "seen " limit rate over 10/minute burst 20 packets drop
//     iifname "eth*" meta mark > 5 reject with icmpx type admin-prohibited
//     meta mark set 7 ct mark set 9 jump d
//     fib daddr type != local ip daddr != 10.0.0.1-10.0.0.9 notrack
//     tcp dport @s return
//     tcp flags syn tcp option maxseg size set rt mtu
//     }
//     }
import { rule } from '../../../src/nftables/schema/rule.ts';
import { bytes, capture } from '../rtnetlink/capture.ts';

export const captures = [
  capture(
    'a prefix, a range, a counter and a comment',
    rule,
    `
      01 00 00 04  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 63 00 00 00  # chain c
      0c 00 03 00 00 00 00 00 00 00 00 04  # handle
      38 02 04 00  # expressions
        24 00 01 00  # element 0
          09 00 01 00 6d 65 74 61 00 00 00 00  # name meta
          14 00 02 00  # data
            08 00 02 00 00 00 00 0f  # key
            08 00 01 00 00 00 00 01  # dreg
        2c 00 01 00  # element 1
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              05 00 01 00 02 00 00 00  # value
        34 00 01 00  # element 2
          0c 00 01 00 70 61 79 6c 6f 61 64 00  # name payload
          24 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            08 00 02 00 00 00 00 01  # base
            08 00 03 00 00 00 00 0c  # offset
            08 00 04 00 00 00 00 04  # len
        4c 00 01 00  # element 3
          0c 00 01 00 62 69 74 77 69 73 65 00  # name bitwise
          3c 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 01  # dreg
            08 00 03 00 00 00 00 04  # len
            08 00 06 00 00 00 00 00  # op
            0c 00 04 00  # mask
              08 00 01 00 ff ff f0 00  # value
            0c 00 05 00  # xor
              08 00 01 00 00 00 00 00  # value
        2c 00 01 00  # element 4
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              08 00 01 00 0a 00 00 00  # value
        24 00 01 00  # element 5
          09 00 01 00 6d 65 74 61 00 00 00 00  # name meta
          14 00 02 00  # data
            08 00 02 00 00 00 00 10  # key
            08 00 01 00 00 00 00 01  # dreg
        2c 00 01 00  # element 6
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              05 00 01 00 06 00 00 00  # value
        34 00 01 00  # element 7
          0c 00 01 00 70 61 79 6c 6f 61 64 00  # name payload
          24 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            08 00 02 00 00 00 00 02  # base
            08 00 03 00 00 00 00 02  # offset
            08 00 04 00 00 00 00 02  # len
        2c 00 01 00  # element 8
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 05  # op
            0c 00 03 00  # data
              06 00 01 00 00 50 00 00  # value
        2c 00 01 00  # element 9
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 03  # op
            0c 00 03 00  # data
              06 00 01 00 00 5a 00 00  # value
        2c 00 01 00  # element 10
          0c 00 01 00 63 6f 75 6e 74 65 72 00  # name counter
          1c 00 02 00  # data
            0c 00 01 00 00 00 00 00 00 00 00 00  # bytes
            0c 00 02 00 00 00 00 00 00 00 00 00  # packets
        30 00 01 00  # element 11
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          1c 00 02 00  # data
            08 00 01 00 00 00 00 00  # dreg
            10 00 02 00  # data
              0c 00 02 00  # verdict
                08 00 01 00 00 00 00 01  # code
      09 00 07 00 00 03 68 69 00 00 00 00  # userData
    `,
    {
      family: 1,
      version: 0,
      resourceId: 4,
      table: 't',
      chain: 'c',
      handle: 4n,
      expressions: [
        {
          name: 'meta',
          data: { key: 15, dreg: 1 },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 0,
            data: { value: bytes('02') },
          },
        },
        {
          name: 'payload',
          data: { dreg: 1, base: 1, offset: 12, len: 4 },
        },
        {
          name: 'bitwise',
          data: {
            sreg: 1,
            dreg: 1,
            len: 4,
            op: 0,
            mask: { value: bytes('fffff000') },
            xor: { value: bytes('00000000') },
          },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 0,
            data: { value: bytes('0a000000') },
          },
        },
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
            op: 5,
            data: { value: bytes('0050') },
          },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 3,
            data: { value: bytes('005a') },
          },
        },
        {
          name: 'counter',
          data: { bytes: 0n, packets: 0n },
        },
        {
          name: 'immediate',
          data: {
            dreg: 0,
            data: {
              verdict: { code: 1 },
            },
          },
        },
      ],
      userData: bytes('0003686900'),
    },
  ),
  capture(
    'a bitmask, a log and a limit',
    rule,
    `
      01 00 00 04  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 63 00 00 00  # chain c
      0c 00 03 00 00 00 00 00 00 00 00 05  # handle
      0c 00 06 00 00 00 00 00 00 00 00 04  # position
      34 01 04 00  # expressions
        20 00 01 00  # element 0
          07 00 01 00 63 74 00 00  # name ct
          14 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            08 00 02 00 00 00 00 00  # key
        4c 00 01 00  # element 1
          0c 00 01 00 62 69 74 77 69 73 65 00  # name bitwise
          3c 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 01  # dreg
            08 00 03 00 00 00 00 04  # len
            08 00 06 00 00 00 00 00  # op
            0c 00 04 00  # mask
              08 00 01 00 06 00 00 00  # value
            0c 00 05 00  # xor
              08 00 01 00 00 00 00 00  # value
        2c 00 01 00  # element 2
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 01  # op
            0c 00 03 00  # data
              08 00 01 00 00 00 00 00  # value
        24 00 01 00  # element 3
          08 00 01 00 6c 6f 67 00  # name log
          18 00 02 00  # data
            0a 00 02 00 73 65 65 6e 20 00 00 00  # prefix seen 
            08 00 05 00 00 00 00 04  # level
        44 00 01 00  # element 4
          0a 00 01 00 6c 69 6d 69 74 00 00 00  # name limit
          34 00 02 00  # data
            0c 00 01 00 00 00 00 00 00 00 00 0a  # rate
            0c 00 02 00 00 00 00 00 00 00 00 3c  # unit
            08 00 03 00 00 00 00 14  # burst
            08 00 04 00 00 00 00 00  # type
            08 00 05 00 00 00 00 01  # flags
        30 00 01 00  # element 5
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          1c 00 02 00  # data
            08 00 01 00 00 00 00 00  # dreg
            10 00 02 00  # data
              0c 00 02 00  # verdict
                08 00 01 00 00 00 00 00  # code
    `,
    {
      family: 1,
      version: 0,
      resourceId: 4,
      table: 't',
      chain: 'c',
      handle: 5n,
      position: 4n,
      expressions: [
        {
          name: 'ct',
          data: { dreg: 1, key: 0 },
        },
        {
          name: 'bitwise',
          data: {
            sreg: 1,
            dreg: 1,
            len: 4,
            op: 0,
            mask: { value: bytes('06000000') },
            xor: { value: bytes('00000000') },
          },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 1,
            data: { value: bytes('00000000') },
          },
        },
        {
          name: 'log',
          data: { prefix: 'seen ', level: 4 },
        },
        {
          name: 'limit',
          data: {
            rate: 10n,
            unit: 60n,
            burst: 20,
            type: 0,
            flags: 1,
          },
        },
        {
          name: 'immediate',
          data: {
            dreg: 0,
            data: {
              verdict: { code: 0 },
            },
          },
        },
      ],
    },
  ),
  capture(
    'a name cut short, byte order and a rejection',
    rule,
    `
      01 00 00 04  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 63 00 00 00  # chain c
      0c 00 03 00 00 00 00 00 00 00 00 06  # handle
      0c 00 06 00 00 00 00 00 00 00 00 05  # position
      08 01 04 00  # expressions
        24 00 01 00  # element 0
          09 00 01 00 6d 65 74 61 00 00 00 00  # name meta
          14 00 02 00  # data
            08 00 02 00 00 00 00 06  # key
            08 00 01 00 00 00 00 01  # dreg
        2c 00 01 00  # element 1
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              07 00 01 00 65 74 68 00  # value
        24 00 01 00  # element 2
          09 00 01 00 6d 65 74 61 00 00 00 00  # name meta
          14 00 02 00  # data
            08 00 02 00 00 00 00 03  # key
            08 00 01 00 00 00 00 01  # dreg
        40 00 01 00  # element 3
          0e 00 01 00 62 79 74 65 6f 72 64 65 72 00 00 00  # name byteorder
          2c 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 01  # dreg
            08 00 03 00 00 00 00 01  # op
            08 00 04 00 00 00 00 04  # len
            08 00 05 00 00 00 00 04  # size
        2c 00 01 00  # element 4
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 04  # op
            0c 00 03 00  # data
              08 00 01 00 00 00 00 05  # value
        24 00 01 00  # element 5
          0b 00 01 00 72 65 6a 65 63 74 00 00  # name reject
          14 00 02 00  # data
            08 00 01 00 00 00 00 02  # type
            05 00 02 00 03 00 00 00  # icmpCode
    `,
    {
      family: 1,
      version: 0,
      resourceId: 4,
      table: 't',
      chain: 'c',
      handle: 6n,
      position: 5n,
      expressions: [
        {
          name: 'meta',
          data: { key: 6, dreg: 1 },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 0,
            data: { value: bytes('657468') },
          },
        },
        {
          name: 'meta',
          data: { key: 3, dreg: 1 },
        },
        {
          name: 'byteorder',
          data: {
            sreg: 1,
            dreg: 1,
            op: 1,
            len: 4,
            size: 4,
          },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 4,
            data: { value: bytes('00000005') },
          },
        },
        {
          name: 'reject',
          data: { type: 2, icmpCode: 3 },
        },
      ],
    },
  ),
  capture(
    'marks and a jump',
    rule,
    `
      01 00 00 04  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 63 00 00 00  # chain c
      0c 00 03 00 00 00 00 00 00 00 00 07  # handle
      0c 00 06 00 00 00 00 00 00 00 00 06  # position
      d8 00 04 00  # expressions
        2c 00 01 00  # element 0
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          18 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            0c 00 02 00  # data
              08 00 01 00 07 00 00 00  # value
        24 00 01 00  # element 1
          09 00 01 00 6d 65 74 61 00 00 00 00  # name meta
          14 00 02 00  # data
            08 00 02 00 00 00 00 03  # key
            08 00 03 00 00 00 00 01  # sreg
        2c 00 01 00  # element 2
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          18 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            0c 00 02 00  # data
              08 00 01 00 09 00 00 00  # value
        20 00 01 00  # element 3
          07 00 01 00 63 74 00 00  # name ct
          14 00 02 00  # data
            08 00 04 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 03  # key
        38 00 01 00  # element 4
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          24 00 02 00  # data
            08 00 01 00 00 00 00 00  # dreg
            18 00 02 00  # data
              14 00 02 00  # verdict
                08 00 01 00 ff ff ff fd  # code
                06 00 02 00 64 00 00 00  # chain d
    `,
    {
      family: 1,
      version: 0,
      resourceId: 4,
      table: 't',
      chain: 'c',
      handle: 7n,
      position: 6n,
      expressions: [
        {
          name: 'immediate',
          data: {
            dreg: 1,
            data: { value: bytes('07000000') },
          },
        },
        {
          name: 'meta',
          data: { key: 3, sreg: 1 },
        },
        {
          name: 'immediate',
          data: {
            dreg: 1,
            data: { value: bytes('09000000') },
          },
        },
        {
          name: 'ct',
          data: { sreg: 1, key: 3 },
        },
        {
          name: 'immediate',
          data: {
            dreg: 0,
            data: {
              verdict: { code: -3, chain: 'd' },
            },
          },
        },
      ],
    },
  ),
  capture(
    'fib, a range left out and notrack',
    rule,
    `
      01 00 00 04  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 63 00 00 00  # chain c
      0c 00 03 00 00 00 00 00 00 00 00 08  # handle
      0c 00 06 00 00 00 00 00 00 00 00 07  # position
      28 01 04 00  # expressions
        28 00 01 00  # element 0
          08 00 01 00 66 69 62 00  # name fib
          1c 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            08 00 02 00 00 00 00 03  # result
            08 00 03 00 00 00 00 02  # flags
        2c 00 01 00  # element 1
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 01  # op
            0c 00 03 00  # data
              08 00 01 00 02 00 00 00  # value
        24 00 01 00  # element 2
          09 00 01 00 6d 65 74 61 00 00 00 00  # name meta
          14 00 02 00  # data
            08 00 02 00 00 00 00 0f  # key
            08 00 01 00 00 00 00 01  # dreg
        2c 00 01 00  # element 3
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 00  # op
            0c 00 03 00  # data
              05 00 01 00 02 00 00 00  # value
        34 00 01 00  # element 4
          0c 00 01 00 70 61 79 6c 6f 61 64 00  # name payload
          24 00 02 00  # data
            08 00 01 00 00 00 00 01  # dreg
            08 00 02 00 00 00 00 01  # base
            08 00 03 00 00 00 00 10  # offset
            08 00 04 00 00 00 00 04  # len
        3c 00 01 00  # element 5
          0a 00 01 00 72 61 6e 67 65 00 00 00  # name range
          2c 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 01  # op
            0c 00 03 00  # fromData
              08 00 01 00 0a 00 00 01  # value
            0c 00 04 00  # toData
              08 00 01 00 0a 00 00 09  # value
        10 00 01 00  # element 6
          0c 00 01 00 6e 6f 74 72 61 63 6b 00  # name notrack
    `,
    {
      family: 1,
      version: 0,
      resourceId: 4,
      table: 't',
      chain: 'c',
      handle: 8n,
      position: 7n,
      expressions: [
        {
          name: 'fib',
          data: { dreg: 1, result: 3, flags: 2 },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 1,
            data: { value: bytes('02000000') },
          },
        },
        {
          name: 'meta',
          data: { key: 15, dreg: 1 },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 0,
            data: { value: bytes('02') },
          },
        },
        {
          name: 'payload',
          data: { dreg: 1, base: 1, offset: 16, len: 4 },
        },
        {
          name: 'range',
          data: {
            sreg: 1,
            op: 1,
            fromData: { value: bytes('0a000001') },
            toData: { value: bytes('0a000009') },
          },
        },
        { name: 'notrack' },
      ],
    },
  ),
  capture(
    'a named set',
    rule,
    `
      01 00 00 04  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 63 00 00 00  # chain c
      0c 00 03 00 00 00 00 00 00 00 00 09  # handle
      0c 00 06 00 00 00 00 00 00 00 00 08  # position
      e4 00 04 00  # expressions
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
          0b 00 01 00 6c 6f 6f 6b 75 70 00 00  # name lookup
          1c 00 02 00  # data
            06 00 01 00 73 00 00 00  # set s
            08 00 02 00 00 00 00 01  # sreg
            08 00 05 00 00 00 00 00  # flags
        30 00 01 00  # element 4
          0e 00 01 00 69 6d 6d 65 64 69 61 74 65 00 00 00  # name immediate
          1c 00 02 00  # data
            08 00 01 00 00 00 00 00  # dreg
            10 00 02 00  # data
              0c 00 02 00  # verdict
                08 00 01 00 ff ff ff fb  # code
    `,
    {
      family: 1,
      version: 0,
      resourceId: 4,
      table: 't',
      chain: 'c',
      handle: 9n,
      position: 8n,
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
          name: 'lookup',
          data: { set: 's', sreg: 1, flags: 0 },
        },
        {
          name: 'immediate',
          data: {
            dreg: 0,
            data: {
              verdict: { code: -5 },
            },
          },
        },
      ],
    },
  ),
  capture(
    'expressions without a schema',
    rule,
    `
      01 00 00 04  # nfgenmsg
      06 00 01 00 74 00 00 00  # table t
      06 00 02 00 63 00 00 00  # chain c
      0c 00 03 00 00 00 00 00 00 00 00 0a  # handle
      0c 00 06 00 00 00 00 00 00 00 00 09  # position
      a4 01 04 00  # expressions
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
            08 00 03 00 00 00 00 0d  # offset
            08 00 04 00 00 00 00 01  # len
        4c 00 01 00  # element 3
          0c 00 01 00 62 69 74 77 69 73 65 00  # name bitwise
          3c 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 01  # dreg
            08 00 03 00 00 00 00 01  # len
            08 00 06 00 00 00 00 00  # op
            0c 00 04 00  # mask
              05 00 01 00 02 00 00 00  # value
            0c 00 05 00  # xor
              05 00 01 00 00 00 00 00  # value
        2c 00 01 00  # element 4
          08 00 01 00 63 6d 70 00  # name cmp
          20 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 01  # op
            0c 00 03 00  # data
              05 00 01 00 00 00 00 00  # value
        20 00 01 00  # element 5
          07 00 01 00 72 74 00 00  # name rt
          14 00 02 00 08 00 02 00 00 00 00 03 08 00 01 00 00 00 00 01  # data
        40 00 01 00  # element 6
          0e 00 01 00 62 79 74 65 6f 72 64 65 72 00 00 00  # name byteorder
          2c 00 02 00  # data
            08 00 01 00 00 00 00 01  # sreg
            08 00 02 00 00 00 00 01  # dreg
            08 00 03 00 00 00 00 01  # op
            08 00 04 00 00 00 00 02  # len
            08 00 05 00 00 00 00 02  # size
        44 00 01 00  # element 7
          0b 00 01 00 65 78 74 68 64 72 00 00  # name exthdr
          34 00 02 00 08 00 07 00 00 00 00 01 05 00 02 00 02 00 00 00 08 00 03 00 00 00 00 02 08 00 04 00 00 00 00 02 08 00 05 00 00 00 00 00 08 00 06 00 00 00 00 01  # data
    `,
    {
      family: 1,
      version: 0,
      resourceId: 4,
      table: 't',
      chain: 'c',
      handle: 10n,
      position: 9n,
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
          data: { dreg: 1, base: 2, offset: 13, len: 1 },
        },
        {
          name: 'bitwise',
          data: {
            sreg: 1,
            dreg: 1,
            len: 1,
            op: 0,
            mask: { value: bytes('02') },
            xor: { value: bytes('00') },
          },
        },
        {
          name: 'cmp',
          data: {
            sreg: 1,
            op: 1,
            data: { value: bytes('00') },
          },
        },
        { name: 'rt', data: bytes('08000200000000030800010000000001') },
        {
          name: 'byteorder',
          data: {
            sreg: 1,
            dreg: 1,
            op: 1,
            len: 2,
            size: 2,
          },
        },
        {
          name: 'exthdr',
          data: bytes(
            '080007000000000105000200020000000800030000000002080004000000000208000500000000000800060000000001',
          ),
        },
      ],
    },
  ),
];

// What Linux 6.18 says, after:
//
//     ip route add 10.50.0.0/16 nexthop via 10.9.0.2 weight 3 nexthop via 10.9.0.3 weight 1
//     ip route add 10.51.0.0/16 via 10.9.0.2 mtu 1400 advmss 1300 metric 77 src 10.9.0.1
//     ip route add 10.52.0.0/16 via inet6 fd00:9::5 dev v1
//     ip route add blackhole 10.53.0.0/16 table 1000
//     ip -6 route add fd00:50::/64 via fd00:9::2 expires 500
//     ip -6 route add fd00:51::/64 nexthop via fd00:9::2 nexthop via fd00:9::3
//     ip -6 route add unreachable fd00:52::/64
import { routeMessage } from '../../../src/rtnetlink/index.ts';
import { capture } from './capture.ts';

export const captures = [
  capture(
    'two next hops in IPv4',
    routeMessage,
    `
      02 10 00 00 fe 03 00 01 00 00 00 00  # rtmsg
      08 00 0f 00 fe 00 00 00  # table 254
      08 00 01 00 0a 32 00 00  # dst 10.50.0.0
      24 00 09 00  # multipath
        10 00 00 02 0b 00 00 00  # rtnexthop
          08 00 05 00 0a 09 00 02  # gateway 10.9.0.2
        10 00 00 00 0b 00 00 00  # rtnexthop
          08 00 05 00 0a 09 00 03  # gateway 10.9.0.3
    `,
    {
      family: 2,
      dstLength: 16,
      srcLength: 0,
      tos: 0,
      table8: 254,
      protocol: 3,
      scope: 0,
      type: 1,
      flags: 0,
      table: 254,
      dst: '10.50.0.0',
      multipath: [
        { flags: 0, hops: 2, index: 11, gateway: '10.9.0.2' },
        { flags: 0, hops: 0, index: 11, gateway: '10.9.0.3' },
      ],
    },
  ),
  capture(
    'metrics and a preferred source',
    routeMessage,
    `
      02 10 00 00 fe 03 00 01 00 00 00 00  # rtmsg
      08 00 0f 00 fe 00 00 00  # table 254
      08 00 01 00 0a 33 00 00  # dst 10.51.0.0
      08 00 06 00 4d 00 00 00  # priority 77
      14 00 08 00  # metrics
        08 00 02 00 78 05 00 00  # mtu 1400
        08 00 08 00 14 05 00 00  # advMss 1300
      08 00 07 00 0a 09 00 01  # prefSrc 10.9.0.1
      08 00 05 00 0a 09 00 02  # gateway 10.9.0.2
      08 00 04 00 0b 00 00 00  # oif 11
    `,
    {
      family: 2,
      dstLength: 16,
      srcLength: 0,
      tos: 0,
      table8: 254,
      protocol: 3,
      scope: 0,
      type: 1,
      flags: 0,
      table: 254,
      dst: '10.51.0.0',
      priority: 77,
      metrics: { mtu: 1400, advMss: 1300 },
      prefSrc: '10.9.0.1',
      gateway: '10.9.0.2',
      oif: 11,
    },
  ),
  capture(
    'an IPv4 route through an IPv6 gateway',
    routeMessage,
    `
      02 10 00 00 fe 03 00 01 00 00 00 00  # rtmsg
      08 00 0f 00 fe 00 00 00  # table 254
      08 00 01 00 0a 34 00 00  # dst 10.52.0.0
      16 00 12 00 0a 00 fd 00 00 09 00 00 00 00 00 00 00 00 00 00 00 05 00 00  # via fd00:9::5
      08 00 04 00 0b 00 00 00  # oif 11
    `,
    {
      family: 2,
      dstLength: 16,
      srcLength: 0,
      tos: 0,
      table8: 254,
      protocol: 3,
      scope: 0,
      type: 1,
      flags: 0,
      table: 254,
      dst: '10.52.0.0',
      via: 'fd00:9::5',
      oif: 11,
    },
  ),
  capture(
    'a black hole in a table beyond 255',
    routeMessage,
    `
      02 10 00 00 fc 03 00 06 00 00 00 00  # rtmsg
      08 00 0f 00 e8 03 00 00  # table 1000
      08 00 01 00 0a 35 00 00  # dst 10.53.0.0
    `,
    {
      family: 2,
      dstLength: 16,
      srcLength: 0,
      tos: 0,
      table8: 252,
      protocol: 3,
      scope: 0,
      type: 6,
      flags: 0,
      table: 1000,
      dst: '10.53.0.0',
    },
  ),
  capture(
    'an IPv6 route that expires',
    routeMessage,
    `
      0a 40 00 00 fe 03 00 01 00 00 00 00  # rtmsg
      08 00 0f 00 fe 00 00 00  # table 254
      14 00 01 00 fd 00 00 50 00 00 00 00 00 00 00 00 00 00 00 00  # dst fd00:50::
      08 00 06 00 00 04 00 00  # priority 1024
      14 00 05 00 fd 00 00 09 00 00 00 00 00 00 00 00 00 00 00 02  # gateway fd00:9::2
      08 00 04 00 0b 00 00 00  # oif 11
      24 00 0c 00 00 00 00 00 00 00 00 00 47 c3 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # cacheInfo {clntref:0,lastUse:0,expires:49991,error:0,used:0,id:0,ts:0,tsAge:0}
      00 00 00 00
      05 00 14 00 00 00 00 00  # pref 0
    `,
    {
      family: 10,
      dstLength: 64,
      srcLength: 0,
      tos: 0,
      table8: 254,
      protocol: 3,
      scope: 0,
      type: 1,
      flags: 0,
      table: 254,
      dst: 'fd00:50::',
      priority: 1024,
      gateway: 'fd00:9::2',
      oif: 11,
      cacheInfo: { clntref: 0, lastUse: 0, expires: 49991, error: 0, used: 0, id: 0, ts: 0, tsAge: 0 },
      pref: 0,
    },
  ),
  capture(
    'two next hops in IPv6',
    routeMessage,
    `
      0a 40 00 00 fe 03 00 01 00 00 00 00  # rtmsg
      08 00 0f 00 fe 00 00 00  # table 254
      14 00 01 00 fd 00 00 51 00 00 00 00 00 00 00 00 00 00 00 00  # dst fd00:51::
      08 00 06 00 00 04 00 00  # priority 1024
      3c 00 09 00  # multipath
        1c 00 00 00 0b 00 00 00  # rtnexthop
          14 00 05 00 fd 00 00 09 00 00 00 00 00 00 00 00 00 00 00 02  # gateway fd00:9::2
        1c 00 00 00 0b 00 00 00  # rtnexthop
          14 00 05 00 fd 00 00 09 00 00 00 00 00 00 00 00 00 00 00 03  # gateway fd00:9::3
      24 00 0c 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # cacheInfo {clntref:0,lastUse:0,expires:0,error:0,used:0,id:0,ts:0,tsAge:0}
      00 00 00 00
      05 00 14 00 00 00 00 00  # pref 0
    `,
    {
      family: 10,
      dstLength: 64,
      srcLength: 0,
      tos: 0,
      table8: 254,
      protocol: 3,
      scope: 0,
      type: 1,
      flags: 0,
      table: 254,
      dst: 'fd00:51::',
      priority: 1024,
      multipath: [
        { flags: 0, hops: 0, index: 11, gateway: 'fd00:9::2' },
        { flags: 0, hops: 0, index: 11, gateway: 'fd00:9::3' },
      ],
      cacheInfo: { clntref: 0, lastUse: 0, expires: 0, error: 0, used: 0, id: 0, ts: 0, tsAge: 0 },
      pref: 0,
    },
  ),
  capture(
    'unreachable',
    routeMessage,
    `
      0a 40 00 00 fe 03 00 07 00 00 00 00  # rtmsg
      08 00 0f 00 fe 00 00 00  # table 254
      14 00 01 00 fd 00 00 52 00 00 00 00 00 00 00 00 00 00 00 00  # dst fd00:52::
      08 00 06 00 00 04 00 00  # priority 1024
      08 00 04 00 01 00 00 00  # oif 1
      24 00 0c 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # cacheInfo {clntref:0,lastUse:0,expires:0,error:0,used:0,id:0,ts:0,tsAge:0}
      00 00 00 00
      05 00 14 00 00 00 00 00  # pref 0
    `,
    {
      family: 10,
      dstLength: 64,
      srcLength: 0,
      tos: 0,
      table8: 254,
      protocol: 3,
      scope: 0,
      type: 7,
      flags: 0,
      table: 254,
      dst: 'fd00:52::',
      priority: 1024,
      oif: 1,
      cacheInfo: { clntref: 0, lastUse: 0, expires: 0, error: 0, used: 0, id: 0, ts: 0, tsAge: 0 },
      pref: 0,
    },
  ),
  capture(
    'a broadcast address',
    routeMessage,
    `
      02 20 00 00 ff 02 fd 03 00 00 00 00  # rtmsg
      08 00 0f 00 ff 00 00 00  # table 255
      08 00 01 00 0a 09 00 ff  # dst 10.9.0.255
      08 00 07 00 0a 09 00 01  # prefSrc 10.9.0.1
      08 00 04 00 0b 00 00 00  # oif 11
    `,
    {
      family: 2,
      dstLength: 32,
      srcLength: 0,
      tos: 0,
      table8: 255,
      protocol: 2,
      scope: 253,
      type: 3,
      flags: 0,
      table: 255,
      dst: '10.9.0.255',
      prefSrc: '10.9.0.1',
      oif: 11,
    },
  ),
];

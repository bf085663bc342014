// What Linux 6.18 says, after:
//
//     ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:22 dev v1
//     ip neigh add fd00:9::2 lladdr 02:00:00:00:00:22 dev v1
//     ip neigh add proxy 10.9.0.77 dev v1
//     bridge fdb append 00:00:00:00:00:00 dev vx6 dst fd00:9::7
import { neighbourMessage } from '../../../src/rtnetlink/index.ts';
import { capture } from './capture.ts';

export const captures = [
  capture(
    'a permanent ARP entry',
    neighbourMessage,
    `
      02 00 00 00 0b 00 00 00 80 00 00 01  # ndmsg
      08 00 01 00 0a 09 00 02  # dst 10.9.0.2
      0a 00 02 00 02 00 00 00 00 22 00 00  # llAddr 02:00:00:00:00:22
      08 00 04 00 00 00 00 00  # probes 0
      14 00 03 00 08 00 00 00 08 00 00 00 08 00 00 00 00 00 00 00  # cacheInfo {confirmed:8,used:8,updated:8,refCount:0}
    `,
    {
      family: 2,
      index: 11,
      state: 128,
      flags: 0,
      type: 1,
      dst: '10.9.0.2',
      llAddr: '02:00:00:00:00:22',
      probes: 0,
      cacheInfo: { confirmed: 8, used: 8, updated: 8, refCount: 0 },
    },
  ),
  capture(
    'a permanent entry of neighbour discovery',
    neighbourMessage,
    `
      0a 00 00 00 0b 00 00 00 80 00 00 01  # ndmsg
      14 00 01 00 fd 00 00 09 00 00 00 00 00 00 00 00 00 00 00 02  # dst fd00:9::2
      0a 00 02 00 02 00 00 00 00 22 00 00  # llAddr 02:00:00:00:00:22
      08 00 04 00 00 00 00 00  # probes 0
      14 00 03 00 08 00 00 00 08 00 00 00 08 00 00 00 00 00 00 00  # cacheInfo {confirmed:8,used:8,updated:8,refCount:0}
    `,
    {
      family: 10,
      index: 11,
      state: 128,
      flags: 0,
      type: 1,
      dst: 'fd00:9::2',
      llAddr: '02:00:00:00:00:22',
      probes: 0,
      cacheInfo: { confirmed: 8, used: 8, updated: 8, refCount: 0 },
    },
  ),
  capture(
    'a proxy entry',
    neighbourMessage,
    `
      02 00 00 00 0b 00 00 00 00 00 08 01  # ndmsg
      08 00 01 00 0a 09 00 4d  # dst 10.9.0.77
    `,
    { family: 2, index: 11, state: 0, flags: 8, type: 1, dst: '10.9.0.77' },
  ),
  capture(
    'an entry of a VXLAN',
    neighbourMessage,
    `
      07 00 00 00 04 00 00 00 c0 00 02 01  # ndmsg
      0a 00 02 00 00 00 00 00 00 00 00 00  # llAddr 00:00:00:00:00:00
      14 00 01 00 fd 00 00 09 00 00 00 00 00 00 00 00 00 00 00 07  # dst fd00:9::7
      14 00 03 00 00 00 00 00 0a 00 00 00 08 00 00 00 00 00 00 00  # cacheInfo {confirmed:0,used:10,updated:8,refCount:0}
    `,
    {
      family: 7,
      index: 4,
      state: 192,
      flags: 2,
      type: 1,
      llAddr: '00:00:00:00:00:00',
      dst: 'fd00:9::7',
      cacheInfo: { confirmed: 0, used: 10, updated: 8, refCount: 0 },
    },
  ),
  capture(
    'an entry of a bridge',
    neighbourMessage,
    `
      07 00 00 00 0a 00 00 00 02 00 00 00  # ndmsg
      0a 00 02 00 02 00 00 00 00 0b 00 00  # llAddr 02:00:00:00:00:0b
      08 00 09 00 02 00 00 00  # master 2
      08 00 0f 00 00 00 00 00  # flagsExt 0
      14 00 03 00 00 00 00 00 09 00 00 00 09 00 00 00 00 00 00 00  # cacheInfo {confirmed:0,used:9,updated:9,refCount:0}
    `,
    {
      family: 7,
      index: 10,
      state: 2,
      flags: 0,
      type: 0,
      llAddr: '02:00:00:00:00:0b',
      master: 2,
      flagsExt: 0,
      cacheInfo: { confirmed: 0, used: 9, updated: 9, refCount: 0 },
    },
  ),
];

// What Linux 6.18 says, after:
//
//     ip addr add 10.9.0.1/24 dev v1 label v1:x
//     ip addr add 10.9.0.9 peer 10.9.0.10/32 dev v1
//     ip addr add fd00:9::1/64 dev v1 nodad
import { addressMessage } from '../../../src/rtnetlink/index.ts';
import { capture } from './capture.ts';

export const captures = [
  capture(
    'an IPv4 address with a label',
    addressMessage,
    `
      02 18 80 00 0b 00 00 00  # ifaddrmsg
      08 00 01 00 0a 09 00 01  # address 10.9.0.1
      08 00 02 00 0a 09 00 01  # local 10.9.0.1
      09 00 03 00 76 31 3a 78 00 00 00 00  # label v1:x
      08 00 08 00 80 00 00 00  # flags 128
      14 00 06 00 ff ff ff ff ff ff ff ff a8 a0 02 00 a8 a0 02 00  # cacheInfo {preferred:4294967295,valid:4294967295,created:172200,updated:172200}
    `,
    {
      family: 2,
      prefixLength: 24,
      flags8: 128,
      scope: 0,
      index: 11,
      address: '10.9.0.1',
      local: '10.9.0.1',
      label: 'v1:x',
      flags: 128,
      cacheInfo: { preferred: 4294967295, valid: 4294967295, created: 172200, updated: 172200 },
    },
  ),
  capture(
    'one end of a point-to-point link',
    addressMessage,
    `
      02 20 80 00 0b 00 00 00  # ifaddrmsg
      08 00 01 00 0a 09 00 0a  # address 10.9.0.10
      08 00 02 00 0a 09 00 09  # local 10.9.0.9
      07 00 03 00 76 31 00 00  # label v1
      08 00 08 00 80 00 00 00  # flags 128
      14 00 06 00 ff ff ff ff ff ff ff ff a8 a0 02 00 a8 a0 02 00  # cacheInfo {preferred:4294967295,valid:4294967295,created:172200,updated:172200}
    `,
    {
      family: 2,
      prefixLength: 32,
      flags8: 128,
      scope: 0,
      index: 11,
      address: '10.9.0.10',
      local: '10.9.0.9',
      label: 'v1',
      flags: 128,
      cacheInfo: { preferred: 4294967295, valid: 4294967295, created: 172200, updated: 172200 },
    },
  ),
  capture(
    'an IPv6 address',
    addressMessage,
    `
      0a 40 82 00 0b 00 00 00  # ifaddrmsg
      14 00 01 00 fd 00 00 09 00 00 00 00 00 00 00 00 00 00 00 01  # address fd00:9::1
      14 00 06 00 ff ff ff ff ff ff ff ff a8 a0 02 00 a8 a0 02 00  # cacheInfo {preferred:4294967295,valid:4294967295,created:172200,updated:172200}
      08 00 08 00 82 00 00 00  # flags 130
    `,
    {
      family: 10,
      prefixLength: 64,
      flags8: 130,
      scope: 0,
      index: 11,
      address: 'fd00:9::1',
      cacheInfo: { preferred: 4294967295, valid: 4294967295, created: 172200, updated: 172200 },
      flags: 130,
    },
  ),
  capture(
    'a loopback address',
    addressMessage,
    `
      02 08 80 fe 01 00 00 00  # ifaddrmsg
      08 00 01 00 7f 00 00 01  # address 127.0.0.1
      08 00 02 00 7f 00 00 01  # local 127.0.0.1
      07 00 03 00 6c 6f 00 00  # label lo
      08 00 08 00 80 00 00 00  # flags 128
      14 00 06 00 ff ff ff ff ff ff ff ff a7 a0 02 00 a7 a0 02 00  # cacheInfo {preferred:4294967295,valid:4294967295,created:172199,updated:172199}
    `,
    {
      family: 2,
      prefixLength: 8,
      flags8: 128,
      scope: 254,
      index: 1,
      address: '127.0.0.1',
      local: '127.0.0.1',
      label: 'lo',
      flags: 128,
      cacheInfo: { preferred: 4294967295, valid: 4294967295, created: 172199, updated: 172199 },
    },
  ),
];

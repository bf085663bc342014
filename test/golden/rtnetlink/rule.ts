// What Linux 6.18 says, after:
//
//     ip rule add from 10.0.0.0/8 iif v1 fwmark 0x10/0xff table 1000 priority 100
//     ip rule add to 10.1.0.0/16 uidrange 1-5 ipproto tcp dport 80-90 goto 32766 priority 50
//     ip -6 rule add from fd00::/8 blackhole priority 99
import { ruleMessage } from '../../../src/rtnetlink/index.ts';
import { capture } from './capture.ts';

export const captures = [
  capture(
    'from, interface and mark',
    ruleMessage,
    `
      02 00 08 00 fc 00 00 01 00 00 00 00  # fibRuleHeader
      08 00 0f 00 e8 03 00 00  # table 1000
      08 00 0e 00 ff ff ff ff  # suppressPrefixLength -1
      05 00 15 00 00 00 00 00  # protocol 0
      07 00 03 00 76 31 00 00  # iifName v1
      08 00 06 00 64 00 00 00  # priority 100
      08 00 0a 00 10 00 00 00  # fwMark 16
      08 00 10 00 ff 00 00 00  # fwMask 255
      08 00 02 00 0a 00 00 00  # src 10.0.0.0
    `,
    {
      family: 2,
      dstLength: 0,
      srcLength: 8,
      tos: 0,
      table8: 252,
      action: 1,
      flags: 0,
      table: 1000,
      suppressPrefixLength: -1,
      protocol: 0,
      iifName: 'v1',
      priority: 100,
      fwMark: 16,
      fwMask: 255,
      src: '10.0.0.0',
    },
  ),
  capture(
    'to, users, protocol and ports, to another rule',
    ruleMessage,
    `
      02 10 00 00 00 00 00 02 00 00 00 00  # fibRuleHeader
      08 00 0f 00 00 00 00 00  # table 0
      08 00 0e 00 ff ff ff ff  # suppressPrefixLength -1
      05 00 15 00 00 00 00 00  # protocol 0
      08 00 06 00 32 00 00 00  # priority 50
      08 00 04 00 fe 7f 00 00  # goto 32766
      0c 00 14 00 01 00 00 00 05 00 00 00  # uidRange {start:1,end:5}
      08 00 18 00 50 00 5a 00  # dportRange {start:80,end:90}
      05 00 16 00 06 00 00 00  # ipProto 6
      08 00 01 00 0a 01 00 00  # dst 10.1.0.0
    `,
    {
      family: 2,
      dstLength: 16,
      srcLength: 0,
      tos: 0,
      table8: 0,
      action: 2,
      flags: 0,
      table: 0,
      suppressPrefixLength: -1,
      protocol: 0,
      priority: 50,
      goto: 32766,
      uidRange: { start: 1, end: 5 },
      dportRange: { start: 80, end: 90 },
      ipProto: 6,
      dst: '10.1.0.0',
    },
  ),
  capture(
    'a black hole in IPv6',
    ruleMessage,
    `
      0a 00 08 00 00 00 00 06 00 00 00 00  # fibRuleHeader
      08 00 0f 00 00 00 00 00  # table 0
      08 00 0e 00 ff ff ff ff  # suppressPrefixLength -1
      05 00 15 00 00 00 00 00  # protocol 0
      08 00 06 00 63 00 00 00  # priority 99
      14 00 02 00 fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # src fd00::
    `,
    {
      family: 10,
      dstLength: 0,
      srcLength: 8,
      tos: 0,
      table8: 0,
      action: 6,
      flags: 0,
      table: 0,
      suppressPrefixLength: -1,
      protocol: 0,
      priority: 99,
      src: 'fd00::',
    },
  ),
  capture(
    'the first rule of every namespace',
    ruleMessage,
    `
      02 00 00 00 ff 00 00 01 00 00 00 00  # fibRuleHeader
      08 00 0f 00 ff 00 00 00  # table 255
      08 00 0e 00 ff ff ff ff  # suppressPrefixLength -1
      05 00 15 00 02 00 00 00  # protocol 2
    `,
    {
      family: 2,
      dstLength: 0,
      srcLength: 0,
      tos: 0,
      table8: 255,
      action: 1,
      flags: 0,
      table: 255,
      suppressPrefixLength: -1,
      protocol: 2,
    },
  ),
];

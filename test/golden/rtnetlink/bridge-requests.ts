// What iproute2 6.1 asks for, given the command in the title.
import { bridgeLinkMessage } from '../../../src/rtnetlink/index.ts';
import { capture } from './capture.ts';

export const captures = [
  capture(
    'bridge vlan add dev v1 vid 10-20 untagged self',
    bridgeLinkMessage,
    `
      07 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      1c 00 1a 00  # afSpec
        06 00 00 00 02 00 00 00  # flags 2
        08 00 02 00 0c 00 0a 00  # vlanInfo {flags:12,vid:10}
        08 00 02 00 14 00 14 00  # vlanInfo {flags:20,vid:20}
    `,
    {
      family: 7,
      type: 0,
      index: 3,
      flags: 0,
      change: 0,
      afSpec: [{ flags: 2 }, { vlanInfo: { flags: 12, vid: 10 } }, { vlanInfo: { flags: 20, vid: 20 } }],
    },
  ),
];

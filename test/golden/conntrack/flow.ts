// What Linux 6.18 says of the flows that a connection, a ping and datagrams make, with net.netfilter.nf_conntrack_acct on and
//
//     table inet t { chain c { type nat hook output priority -100
//     udp dport 999 dnat ip to 127.0.0.1:998
//     }
//     chain d { type filter hook output priority 0
//     ct mark set 7
//     }
//     }
import { flowMessage } from '../../../src/conntrack/schema.ts';
import { capture } from '../rtnetlink/capture.ts';

export const captures = [
  capture(
    'a TCP connection, counted',
    flowMessage,
    `
      02 00 00 00  # nfgenmsg
      34 00 01 80 14 00 01 80 08 00 01 00 7f 00 00 01 08 00 02 00 7f 00 00 01 1c 00 02 80 05 00 01 00 06 00 00 00 06 00 02 00 c9 6e 00 00 06 00 03 00 00 50 00 00  # original
      34 00 02 80 14 00 01 80 08 00 01 00 7f 00 00 01 08 00 02 00 7f 00 00 01 1c 00 02 80 05 00 01 00 06 00 00 00 06 00 02 00 00 50 00 00 06 00 03 00 c9 6e 00 00  # reply
      08 00 03 00 00 00 01 8e  # status
      08 00 08 00 00 00 00 07  # mark
      08 00 0c 00 7a 58 65 16  # id
      08 00 0b 00 00 00 00 01  # use
      08 00 07 00 00 06 97 7f  # timeout
      30 00 04 80 2c 00 01 80 05 00 01 00 03 00 00 00 05 00 02 00 0a 00 00 00 05 00 03 00 0a 00 00 00 06 00 04 00 23 00 00 00 06 00 05 00 23 00 00 00  # protocol information
      1c 00 09 80 0c 00 01 00 00 00 00 00 00 00 00 02 0c 00 02 00 00 00 00 00 00 00 00 70  # counters of the original direction
      1c 00 0a 80 0c 00 01 00 00 00 00 00 00 00 00 01 0c 00 02 00 00 00 00 00 00 00 00 3c  # counters of the reply
    `,
    {
      family: 2,
      version: 0,
      resourceId: 0,
      original: {
        ip: { source4: '127.0.0.1', destination4: '127.0.0.1' },
        protocol: { number: 'tcp', sourcePort: 51566, destinationPort: 80 },
      },
      reply: {
        ip: { source4: '127.0.0.1', destination4: '127.0.0.1' },
        protocol: { number: 'tcp', sourcePort: 80, destinationPort: 51566 },
      },
      status: 398,
      mark: 7,
      id: 2052613398,
      use: 1,
      timeout: 431999,
      protocolInfo: {
        tcp: {
          state: 3,
          windowScaleOriginal: 10,
          windowScaleReply: 10,
          flagsOriginal: { flags: 35, mask: 0 },
          flagsReply: { flags: 35, mask: 0 },
        },
      },
      countersOriginal: { packets: 2n, bytes: 112n },
      countersReply: { packets: 1n, bytes: 60n },
    },
  ),
  capture(
    'an ICMP echo',
    flowMessage,
    `
      02 00 00 00  # nfgenmsg
      3c 00 01 80 14 00 01 80 08 00 01 00 7f 00 00 01 08 00 02 00 7f 00 00 01 24 00 02 80 05 00 01 00 01 00 00 00 06 00 04 00 79 dc 00 00 05 00 05 00 08 00 00 00 05 00 06 00 00 00 00 00  # original
      3c 00 02 80 14 00 01 80 08 00 01 00 7f 00 00 01 08 00 02 00 7f 00 00 01 24 00 02 80 05 00 01 00 01 00 00 00 06 00 04 00 79 dc 00 00 05 00 05 00 00 00 00 00 05 00 06 00 00 00 00 00  # reply
      08 00 03 00 00 00 01 8a  # status
      08 00 08 00 00 00 00 07  # mark
      08 00 0c 00 04 a0 9f d5  # id
      08 00 0b 00 00 00 00 01  # use
      08 00 07 00 00 00 00 1d  # timeout
      1c 00 09 80 0c 00 01 00 00 00 00 00 00 00 00 01 0c 00 02 00 00 00 00 00 00 00 00 54  # counters of the original direction
      1c 00 0a 80 0c 00 01 00 00 00 00 00 00 00 00 01 0c 00 02 00 00 00 00 00 00 00 00 54  # counters of the reply
    `,
    {
      family: 2,
      version: 0,
      resourceId: 0,
      original: {
        ip: { source4: '127.0.0.1', destination4: '127.0.0.1' },
        protocol: { number: 'icmp', icmpId: 31196, icmpType: 8, icmpCode: 0 },
      },
      reply: {
        ip: { source4: '127.0.0.1', destination4: '127.0.0.1' },
        protocol: { number: 'icmp', icmpId: 31196, icmpType: 0, icmpCode: 0 },
      },
      status: 394,
      mark: 7,
      id: 77635541,
      use: 1,
      timeout: 29,
      countersOriginal: { packets: 1n, bytes: 84n },
      countersReply: { packets: 1n, bytes: 84n },
    },
  ),
  capture(
    'a UDP flow with its destination translated',
    flowMessage,
    `
      02 00 00 00  # nfgenmsg
      34 00 01 80 14 00 01 80 08 00 01 00 7f 00 00 01 08 00 02 00 7f 00 00 01 1c 00 02 80 05 00 01 00 11 00 00 00 06 00 02 00 ec 01 00 00 06 00 03 00 03 e7 00 00  # original
      34 00 02 80 14 00 01 80 08 00 01 00 7f 00 00 01 08 00 02 00 7f 00 00 01 1c 00 02 80 05 00 01 00 11 00 00 00 06 00 02 00 03 e6 00 00 06 00 03 00 ec 01 00 00  # reply
      08 00 03 00 00 00 01 aa  # status
      08 00 08 00 00 00 00 07  # mark
      08 00 0c 00 9c 78 a5 56  # id
      08 00 0b 00 00 00 00 01  # use
      08 00 07 00 00 00 00 1d  # timeout
      1c 00 09 80 0c 00 01 00 00 00 00 00 00 00 00 01 0c 00 02 00 00 00 00 00 00 00 00 1e  # counters of the original direction
      1c 00 0a 80 0c 00 01 00 00 00 00 00 00 00 00 01 0c 00 02 00 00 00 00 00 00 00 00 1d  # counters of the reply
    `,
    {
      family: 2,
      version: 0,
      resourceId: 0,
      original: {
        ip: { source4: '127.0.0.1', destination4: '127.0.0.1' },
        protocol: { number: 'udp', sourcePort: 60417, destinationPort: 999 },
      },
      reply: {
        ip: { source4: '127.0.0.1', destination4: '127.0.0.1' },
        protocol: { number: 'udp', sourcePort: 998, destinationPort: 60417 },
      },
      status: 426,
      mark: 7,
      id: 2625152342,
      use: 1,
      timeout: 29,
      countersOriginal: { packets: 1n, bytes: 30n },
      countersReply: { packets: 1n, bytes: 29n },
    },
  ),
  capture(
    'a UDP flow of IPv6 without an answer',
    flowMessage,
    `
      0a 00 00 00  # nfgenmsg
      4c 00 01 80 2c 00 01 80 14 00 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 14 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 1c 00 02 80 05 00 01 00 11 00 00 00 06 00 02 00 ac 89 00 00 06 00 03 00 00 35 00 00  # original
      4c 00 02 80 2c 00 01 80 14 00 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 14 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 1c 00 02 80 05 00 01 00 11 00 00 00 06 00 02 00 00 35 00 00 06 00 03 00 ac 89 00 00  # reply
      08 00 03 00 00 00 01 88  # status
      08 00 08 00 00 00 00 07  # mark
      08 00 0c 00 b9 1b db ed  # id
      08 00 0b 00 00 00 00 01  # use
      08 00 07 00 00 00 00 1d  # timeout
      1c 00 09 80 0c 00 01 00 00 00 00 00 00 00 00 01 0c 00 02 00 00 00 00 00 00 00 00 31  # counters of the original direction
      1c 00 0a 80 0c 00 01 00 00 00 00 00 00 00 00 00 0c 00 02 00 00 00 00 00 00 00 00 00  # counters of the reply
    `,
    {
      family: 10,
      version: 0,
      resourceId: 0,
      original: {
        ip: { source6: '::1', destination6: '::1' },
        protocol: { number: 'udp', sourcePort: 44169, destinationPort: 53 },
      },
      reply: {
        ip: { source6: '::1', destination6: '::1' },
        protocol: { number: 'udp', sourcePort: 53, destinationPort: 44169 },
      },
      status: 392,
      mark: 7,
      id: 3105610733,
      use: 1,
      timeout: 29,
      countersOriginal: { packets: 1n, bytes: 49n },
      countersReply: { packets: 0n, bytes: 0n },
    },
  ),
];

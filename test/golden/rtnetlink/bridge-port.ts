// What Linux 6.18 says, after:
//
//     ip link add br0 type bridge
//     ip link set v0 master br0 up
import { bridgeLinkMessage } from '../../../src/rtnetlink/index.ts';
import { capture } from './capture.ts';

export const captures = [
  capture(
    'the bridge itself',
    bridgeLinkMessage,
    `
      07 00 01 00 02 00 00 00 43 10 01 00 00 00 00 00  # ifinfomsg
      08 00 03 00 62 72 30 00  # name br0
      08 00 0a 00 02 00 00 00  # master 2
      08 00 04 00 dc 05 00 00  # mtu 1500
      05 00 10 00 06 00 00 00  # operState up
      0a 00 01 00 02 00 00 00 00 0a 00 00  # address 02:00:00:00:00:0a
    `,
    {
      family: 7,
      type: 1,
      index: 2,
      flags: 69699,
      change: 0,
      name: 'br0',
      master: 2,
      mtu: 1500,
      operState: 'up',
      address: '02:00:00:00:00:0a',
    },
  ),
  capture(
    'a port',
    bridgeLinkMessage,
    `
      07 00 01 00 0a 00 00 00 43 10 01 00 00 00 00 00  # ifinfomsg
      07 00 03 00 76 30 00 00  # name v0
      08 00 0a 00 02 00 00 00  # master 2
      08 00 04 00 dc 05 00 00  # mtu 1500
      05 00 10 00 06 00 00 00  # operState up
      0a 00 01 00 02 00 00 00 00 0a 00 00  # address 02:00:00:00:00:0a
      08 00 05 00 0b 00 00 00  # link 11
      50 01 0c 80  # protInfo
        05 00 01 00 03 00 00 00  # state forwarding
        06 00 02 00 20 00 00 00  # priority 32
        08 00 03 00 02 00 00 00  # cost 2
        05 00 04 00 00 00 00 00  # hairpin false
        05 00 05 00 00 00 00 00  # guard false
        05 00 06 00 00 00 00 00  # protect false
        05 00 07 00 00 00 00 00  # fastLeave false
        05 00 1c 00 00 00 00 00  # multicastToUnicast false
        05 00 08 00 01 00 00 00  # learning true
        05 00 09 00 01 00 00 00  # unicastFlood true
        05 00 1b 00 01 00 00 00  # multicastFlood true
        05 00 1e 00 01 00 00 00  # broadcastFlood true
        05 00 0a 00 00 00 00 00  # proxyArp false
        05 00 0c 00 00 00 00 00  # proxyArpWifi false
        0c 00 0d 00 80 00 02 00 00 00 00 0a  # rootId {priority:32768,address:02:00:00:00:00:0a}
        0c 00 0e 00 80 00 02 00 00 00 00 0a  # bridgeId {priority:32768,address:02:00:00:00:00:0a}
        06 00 0f 00 01 80 00 00  # designatedPort 32769
        06 00 10 00 00 00 00 00  # designatedCost 0
        06 00 11 00 01 80 00 00  # id 32769
        06 00 12 00 01 00 00 00  # no 1
        05 00 13 00 00 00 00 00  # topologyChangeAck false
        05 00 14 00 00 00 00 00  # configPending false
        05 00 1d 00 00 00 00 00  # vlanTunnel false
        06 00 1f 00 00 00 00 00  # groupFwdMask 0
        05 00 20 00 00 00 00 00  # neighSuppress false
        05 00 23 00 00 00 00 00  # mrpRingOpen false
        05 00 24 00 00 00 00 00  # mrpInOpen false
        05 00 21 00 00 00 00 00  # isolated false
        05 00 27 00 00 00 00 00  # locked false
        05 00 28 00 00 00 00 00  # mab false
        05 00 2b 00 00 00 00 00  # neighVlanSuppress false
        0c 00 15 00 00 00 00 00 00 00 00 00  # messageAgeTimer 0
        0c 00 16 00 d0 05 00 00 00 00 00 00  # forwardDelayTimer 1488
        0c 00 17 00 00 00 00 00 00 00 00 00  # holdTimer 0
        05 00 19 00 01 00 00 00  # multicastRouter 1
        08 00 25 00 00 02 00 00  # multicastEhtHostsLimit 512
        08 00 26 00 00 00 00 00  # multicastEhtHostsCount 0
        08 00 29 00 02 00 00 00  # multicastNGroups 2
        08 00 2a 00 00 00 00 00  # multicastMaxGroups 0
    `,
    {
      family: 7,
      type: 1,
      index: 10,
      flags: 69699,
      change: 0,
      name: 'v0',
      master: 2,
      mtu: 1500,
      operState: 'up',
      address: '02:00:00:00:00:0a',
      link: 11,
      protInfo: {
        state: 'forwarding',
        priority: 32,
        cost: 2,
        hairpin: false,
        guard: false,
        protect: false,
        fastLeave: false,
        multicastToUnicast: false,
        learning: true,
        unicastFlood: true,
        multicastFlood: true,
        broadcastFlood: true,
        proxyArp: false,
        proxyArpWifi: false,
        rootId: { priority: 32768, address: '02:00:00:00:00:0a' },
        bridgeId: { priority: 32768, address: '02:00:00:00:00:0a' },
        designatedPort: 32769,
        designatedCost: 0,
        id: 32769,
        no: 1,
        topologyChangeAck: false,
        configPending: false,
        vlanTunnel: false,
        groupFwdMask: 0,
        neighSuppress: false,
        mrpRingOpen: false,
        mrpInOpen: false,
        isolated: false,
        locked: false,
        mab: false,
        neighVlanSuppress: false,
        messageAgeTimer: 0n,
        forwardDelayTimer: 1488n,
        holdTimer: 0n,
        multicastRouter: 1,
        multicastEhtHostsLimit: 512,
        multicastEhtHostsCount: 0,
        multicastNGroups: 2,
        multicastMaxGroups: 0,
      },
    },
  ),
];

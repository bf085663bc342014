// What Linux 6.18 says, after:
//
//     ip link add br0 type bridge
//     ip link add v0 index 10 type veth peer name v1 index 11
//     ip link property add dev v0 altname a-very-long-alternative-name altname second
//     ip link set v0 master br0 up alias netwright:test
//     ip link set v1 up
import { linkMessage } from '../../../src/rtnetlink/index.ts';
import { bytes, capture } from './capture.ts';

export const captures = [
  capture(
    'a veth that is a port of a bridge',
    linkMessage,
    `
      00 00 01 00 0a 00 00 00 43 10 01 00 00 00 00 00  # ifinfomsg
      07 00 03 00 76 30 00 00  # name v0
      08 00 0d 00 e8 03 00 00  # txQLen 1000
      05 00 10 00 06 00 00 00  # operState up
      05 00 11 00 00 00 00 00  # linkMode 0
      05 00 43 00 00 00 00 00  # netnsImmutable false
      08 00 04 00 dc 05 00 00  # mtu 1500
      08 00 32 00 44 00 00 00  # minMtu 68
      08 00 33 00 ff ff 00 00  # maxMtu 65535
      08 00 1b 00 00 00 00 00  # group 0
      08 00 1e 00 01 00 00 00  # promiscuity 1
      08 00 3d 00 01 00 00 00  # allMulti 1
      08 00 1f 00 02 00 00 00  # numTxQueues 2
      08 00 28 00 ff ff 00 00  # gsoMaxSegs 65535
      08 00 29 00 00 00 01 00  # gsoMaxSize 65536
      08 00 3a 00 00 00 01 00  # groMaxSize 65536
      08 00 3f 00 00 00 01 00  # gsoIpv4MaxSize 65536
      08 00 40 00 00 00 01 00  # groIpv4MaxSize 65536
      08 00 3b 00 f8 ff 07 00  # tsoMaxSize 524280
      08 00 3c 00 ff ff 00 00  # tsoMaxSegs 65535
      08 00 42 00 00 00 00 00  # maxPacingOffloadHorizon 0
      08 00 20 00 02 00 00 00  # numRxQueues 2
      08 00 0a 00 02 00 00 00  # master 2
      05 00 21 00 01 00 00 00  # carrier true
      13 00 14 00 6e 65 74 77 72 69 67 68 74 3a 74 65 73 74 00 00  # alias netwright:test
      08 00 23 00 02 00 00 00  # carrierChanges 2
      08 00 2f 00 01 00 00 00  # carrierUpCount 1
      08 00 30 00 01 00 00 00  # carrierDownCount 1
      06 00 44 00 00 00 00 00  # headroom 0
      06 00 45 00 00 00 00 00  # tailroom 0
      05 00 27 00 00 00 00 00  # protoDown false
      0a 00 01 00 02 00 00 00 00 0a 00 00  # address 02:00:00:00:00:0a
      0a 00 02 00 ff ff ff ff ff ff 00 00  # broadcast ff:ff:ff:ff:ff:ff
      cc 00 17 00 01 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 6e 00 00 00 00 00 00 00 6c 01 00 00  # stats64
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00
      64 00 07 00 01 00 00 00 04 00 00 00 6e 00 00 00 6c 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # stats
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00
      0c 00 2b 00 05 00 02 00 00 00 00 00  # xdp
      6c 01 12 00  # linkInfo
        09 00 01 00 76 65 74 68 00 00 00 00  # kind veth
        0b 00 04 00 62 72 69 64 67 65 00 00  # slaveKind bridge
        50 01 05 00  # slaveData
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
          0c 00 16 00 d1 05 00 00 00 00 00 00  # forwardDelayTimer 1489
          0c 00 17 00 00 00 00 00 00 00 00 00  # holdTimer 0
          05 00 19 00 01 00 00 00  # multicastRouter 1
          08 00 25 00 00 02 00 00  # multicastEhtHostsLimit 512
          08 00 26 00 00 00 00 00  # multicastEhtHostsCount 0
          08 00 29 00 02 00 00 00  # multicastNGroups 2
          08 00 2a 00 00 00 00 00  # multicastMaxGroups 0
      08 00 05 00 0b 00 00 00  # link 11
      0c 00 06 00 6e 6f 71 75 65 75 65 00  # qdisc noqueue
      c0 01 1a 00  # afSpec
        8c 00 02 00  # inet
          88 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00  # conf
          00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 10 27 00 00 e8 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 01 00 00 00
        30 01 0a 00  # inet6
          08 00 01 00 00 00 00 80  # flags 2147483648
          14 00 05 00 ff ff 00 00 a8 a0 02 00 bc 3a 00 00 e8 03 00 00  # cacheInfo {maxReasmLen:65535,tstamp:172200,reachableTime:15036,retransTime:1000}
          f4 00 02 00 00 00 00 00 40 00 00 00 dc 05 00 00 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00  # conf
          ff ff ff ff a0 0f 00 00 e8 03 00 00 00 00 00 00 80 3a 09 00 80 51 01 00 03 00 00 00 58 02 00 00
          10 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 60 ea 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 10 27 00 00
          e8 03 00 00 01 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 80 ee 36 00 00 00 00 00 00 00 00 00 01 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 04 00 00 00 00 00 00 ff ff 00 00
          ff ff ff ff 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          14 00 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # token ::
          05 00 08 00 00 00 00 00  # addrGenMode eui64
      24 00 0e 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # map
      00 00 00 00
      34 00 34 80  # propList
        21 00 35 00 61 2d 76 65 72 79 2d 6c 6f 6e 67 2d 61 6c 74 65 72 6e 61 74 69 76 65 2d 6e 61 6d 65  # 0 a-very-long-alternative-name
        00 00 00 00
        0b 00 35 00 73 65 63 6f 6e 64 00 00  # 1 second
      04 00 3e 80  # devlinkPort
      04 00 41 80  # dpllPin
    `,
    {
      family: 0,
      type: 1,
      index: 10,
      flags: 69699,
      change: 0,
      name: 'v0',
      txQLen: 1000,
      operState: 'up',
      linkMode: 0,
      netnsImmutable: false,
      mtu: 1500,
      minMtu: 68,
      maxMtu: 65535,
      group: 0,
      promiscuity: 1,
      allMulti: 1,
      numTxQueues: 2,
      gsoMaxSegs: 65535,
      gsoMaxSize: 65536,
      groMaxSize: 65536,
      gsoIpv4MaxSize: 65536,
      groIpv4MaxSize: 65536,
      tsoMaxSize: 524280,
      tsoMaxSegs: 65535,
      maxPacingOffloadHorizon: 0,
      numRxQueues: 2,
      master: 2,
      carrier: true,
      alias: 'netwright:test',
      carrierChanges: 2,
      carrierUpCount: 1,
      carrierDownCount: 1,
      headroom: 0,
      tailroom: 0,
      protoDown: false,
      address: '02:00:00:00:00:0a',
      broadcast: 'ff:ff:ff:ff:ff:ff',
      stats64: bytes('010000000000000004000000000000006e000000000000006c01', 200),
      stats: bytes('01000000040000006e0000006c01', 96),
      xdp: bytes('0500020000000000'),
      linkInfo: {
        kind: 'veth',
        slaveKind: 'bridge',
        slaveData: {
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
          forwardDelayTimer: 1489n,
          holdTimer: 0n,
          multicastRouter: 1,
          multicastEhtHostsLimit: 512,
          multicastEhtHostsCount: 0,
          multicastNGroups: 2,
          multicastMaxGroups: 0,
        },
      },
      link: 11,
      qdisc: 'noqueue',
      afSpec: {
        inet: {
          conf: bytes(
            '000000000000000000000000010000000100000001000000010000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010270000e80300000000000000000000000000000000000001000000',
          ),
        },
        inet6: {
          flags: 2147483648,
          cacheInfo: { maxReasmLen: 65535, tstamp: 172200, reachableTime: 15036, retransTime: 1000 },
          conf: bytes(
            '0000000040000000dc05000001000000010000000100000001000000ffffffffa00f0000e803000000000000803a0900805101000300000058020000100000000000000001000000010000000100000060ea000000000000000000000000000000000000000000000000000001000000000000000000000010270000e8030000010000000000000000000000010000000000000000000000010000000000000000000000000000000000000080ee360000000000000000000100000000000000000000000000000000000000000000000004000000000000ffff0000ffffffff01',
            240,
          ),
          token: '::',
          addrGenMode: 'eui64',
        },
      },
      map: bytes('', 32),
      propList: ['a-very-long-alternative-name', 'second'],
      devlinkPort: bytes(''),
      dpllPin: bytes(''),
    },
  ),
  capture(
    'its other end',
    linkMessage,
    `
      00 00 01 00 0b 00 00 00 43 10 01 00 00 00 00 00  # ifinfomsg
      07 00 03 00 76 31 00 00  # name v1
      08 00 0d 00 e8 03 00 00  # txQLen 1000
      05 00 10 00 06 00 00 00  # operState up
      05 00 11 00 00 00 00 00  # linkMode 0
      05 00 43 00 00 00 00 00  # netnsImmutable false
      08 00 04 00 dc 05 00 00  # mtu 1500
      08 00 32 00 44 00 00 00  # minMtu 68
      08 00 33 00 ff ff 00 00  # maxMtu 65535
      08 00 1b 00 00 00 00 00  # group 0
      08 00 1e 00 00 00 00 00  # promiscuity 0
      08 00 3d 00 00 00 00 00  # allMulti 0
      08 00 1f 00 02 00 00 00  # numTxQueues 2
      08 00 28 00 ff ff 00 00  # gsoMaxSegs 65535
      08 00 29 00 00 00 01 00  # gsoMaxSize 65536
      08 00 3a 00 00 00 01 00  # groMaxSize 65536
      08 00 3f 00 00 00 01 00  # gsoIpv4MaxSize 65536
      08 00 40 00 00 00 01 00  # groIpv4MaxSize 65536
      08 00 3b 00 f8 ff 07 00  # tsoMaxSize 524280
      08 00 3c 00 ff ff 00 00  # tsoMaxSegs 65535
      08 00 42 00 00 00 00 00  # maxPacingOffloadHorizon 0
      08 00 20 00 02 00 00 00  # numRxQueues 2
      05 00 21 00 01 00 00 00  # carrier true
      08 00 23 00 02 00 00 00  # carrierChanges 2
      08 00 2f 00 01 00 00 00  # carrierUpCount 1
      08 00 30 00 01 00 00 00  # carrierDownCount 1
      06 00 44 00 00 00 00 00  # headroom 0
      06 00 45 00 00 00 00 00  # tailroom 0
      05 00 27 00 00 00 00 00  # protoDown false
      0a 00 01 00 02 00 00 00 00 0b 00 00  # address 02:00:00:00:00:0b
      0a 00 02 00 ff ff ff ff ff ff 00 00  # broadcast ff:ff:ff:ff:ff:ff
      cc 00 17 00 04 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 6c 01 00 00 00 00 00 00 6e 00 00 00  # stats64
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00
      64 00 07 00 04 00 00 00 01 00 00 00 6c 01 00 00 6e 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # stats
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00
      0c 00 2b 00 05 00 02 00 00 00 00 00  # xdp
      10 00 12 00  # linkInfo
        09 00 01 00 76 65 74 68 00 00 00 00  # kind veth
      08 00 05 00 0a 00 00 00  # link 10
      0c 00 06 00 6e 6f 71 75 65 75 65 00  # qdisc noqueue
      c0 01 1a 00  # afSpec
        8c 00 02 00  # inet
          88 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00  # conf
          00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 10 27 00 00 e8 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 01 00 00 00
        30 01 0a 00  # inet6
          08 00 01 00 00 00 00 80  # flags 2147483648
          14 00 05 00 ff ff 00 00 a8 a0 02 00 1c 6e 00 00 e8 03 00 00  # cacheInfo {maxReasmLen:65535,tstamp:172200,reachableTime:28188,retransTime:1000}
          f4 00 02 00 00 00 00 00 40 00 00 00 dc 05 00 00 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00  # conf
          ff ff ff ff a0 0f 00 00 e8 03 00 00 00 00 00 00 80 3a 09 00 80 51 01 00 03 00 00 00 58 02 00 00
          10 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 60 ea 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 10 27 00 00
          e8 03 00 00 01 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 80 ee 36 00 00 00 00 00 00 00 00 00 01 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 04 00 00 00 00 00 00 ff ff 00 00
          ff ff ff ff 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          14 00 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # token ::
          05 00 08 00 00 00 00 00  # addrGenMode eui64
      24 00 0e 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # map
      00 00 00 00
      04 00 3e 80  # devlinkPort
      04 00 41 80  # dpllPin
    `,
    {
      family: 0,
      type: 1,
      index: 11,
      flags: 69699,
      change: 0,
      name: 'v1',
      txQLen: 1000,
      operState: 'up',
      linkMode: 0,
      netnsImmutable: false,
      mtu: 1500,
      minMtu: 68,
      maxMtu: 65535,
      group: 0,
      promiscuity: 0,
      allMulti: 0,
      numTxQueues: 2,
      gsoMaxSegs: 65535,
      gsoMaxSize: 65536,
      groMaxSize: 65536,
      gsoIpv4MaxSize: 65536,
      groIpv4MaxSize: 65536,
      tsoMaxSize: 524280,
      tsoMaxSegs: 65535,
      maxPacingOffloadHorizon: 0,
      numRxQueues: 2,
      carrier: true,
      carrierChanges: 2,
      carrierUpCount: 1,
      carrierDownCount: 1,
      headroom: 0,
      tailroom: 0,
      protoDown: false,
      address: '02:00:00:00:00:0b',
      broadcast: 'ff:ff:ff:ff:ff:ff',
      stats64: bytes('040000000000000001000000000000006c010000000000006e', 200),
      stats: bytes('04000000010000006c0100006e', 96),
      xdp: bytes('0500020000000000'),
      linkInfo: { kind: 'veth' },
      link: 10,
      qdisc: 'noqueue',
      afSpec: {
        inet: {
          conf: bytes(
            '000000000000000000000000010000000100000001000000010000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010270000e80300000000000000000000000000000000000001000000',
          ),
        },
        inet6: {
          flags: 2147483648,
          cacheInfo: { maxReasmLen: 65535, tstamp: 172200, reachableTime: 28188, retransTime: 1000 },
          conf: bytes(
            '0000000040000000dc05000001000000010000000100000001000000ffffffffa00f0000e803000000000000803a0900805101000300000058020000100000000000000001000000010000000100000060ea000000000000000000000000000000000000000000000000000001000000000000000000000010270000e8030000010000000000000000000000010000000000000000000000010000000000000000000000000000000000000080ee360000000000000000000100000000000000000000000000000000000000000000000004000000000000ffff0000ffffffff01',
            240,
          ),
          token: '::',
          addrGenMode: 'eui64',
        },
      },
      map: bytes('', 32),
      devlinkPort: bytes(''),
      dpllPin: bytes(''),
    },
  ),
];

// What Linux 6.18 says, after:
//
//     ip link add br0 type bridge
//     ip link set br0 up
import { linkMessage } from '../../../src/rtnetlink/index.ts';
import { bytes, capture } from './capture.ts';

export const captures = [
  capture(
    'a bridge',
    linkMessage,
    `
      00 00 01 00 02 00 00 00 43 10 01 00 00 00 00 00  # ifinfomsg
      08 00 03 00 62 72 30 00  # name br0
      08 00 0d 00 e8 03 00 00  # txQLen 1000
      05 00 10 00 06 00 00 00  # operState up
      05 00 11 00 00 00 00 00  # linkMode 0
      05 00 43 00 01 00 00 00  # netnsImmutable true
      08 00 04 00 dc 05 00 00  # mtu 1500
      08 00 32 00 44 00 00 00  # minMtu 68
      08 00 33 00 ff ff 00 00  # maxMtu 65535
      08 00 1b 00 00 00 00 00  # group 0
      08 00 1e 00 00 00 00 00  # promiscuity 0
      08 00 3d 00 00 00 00 00  # allMulti 0
      08 00 1f 00 01 00 00 00  # numTxQueues 1
      08 00 28 00 ff ff 00 00  # gsoMaxSegs 65535
      08 00 29 00 00 00 01 00  # gsoMaxSize 65536
      08 00 3a 00 00 00 01 00  # groMaxSize 65536
      08 00 3f 00 00 00 01 00  # gsoIpv4MaxSize 65536
      08 00 40 00 00 00 01 00  # groIpv4MaxSize 65536
      08 00 3b 00 f8 ff 07 00  # tsoMaxSize 524280
      08 00 3c 00 ff ff 00 00  # tsoMaxSegs 65535
      08 00 42 00 00 00 00 00  # maxPacingOffloadHorizon 0
      08 00 20 00 01 00 00 00  # numRxQueues 1
      05 00 21 00 01 00 00 00  # carrier true
      08 00 23 00 02 00 00 00  # carrierChanges 2
      08 00 2f 00 01 00 00 00  # carrierUpCount 1
      08 00 30 00 01 00 00 00  # carrierDownCount 1
      06 00 44 00 00 00 00 00  # headroom 0
      06 00 45 00 00 00 00 00  # tailroom 0
      05 00 27 00 00 00 00 00  # protoDown false
      0a 00 01 00 02 00 00 00 00 0a 00 00  # address 02:00:00:00:00:0a
      0a 00 02 00 ff ff ff ff ff ff 00 00  # broadcast ff:ff:ff:ff:ff:ff
      cc 00 17 00 01 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 60 00 00 00 00 00 00 00 12 01 00 00  # stats64
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00
      64 00 07 00 01 00 00 00 03 00 00 00 60 00 00 00 12 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # stats
      00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00
      0c 00 2b 00 05 00 02 00 00 00 00 00  # xdp
      9c 01 12 00  # linkInfo
        0b 00 01 00 62 72 69 64 67 65 00 00  # kind bridge
        8c 01 02 00  # data
          0c 00 10 00 00 00 00 00 00 00 00 00  # helloTimer 0
          0c 00 11 00 00 00 00 00 00 00 00 00  # tcnTimer 0
          0c 00 12 00 00 00 00 00 00 00 00 00  # topologyChangeTimer 0
          0c 00 13 00 26 75 00 00 00 00 00 00  # gcTimer 29990
          08 00 01 00 dc 05 00 00  # forwardDelay 1500
          08 00 02 00 c8 00 00 00  # helloTime 200
          08 00 03 00 d0 07 00 00  # maxAge 2000
          08 00 04 00 30 75 00 00  # ageingTime 30000
          08 00 05 00 00 00 00 00  # stpState 0
          06 00 06 00 00 80 00 00  # priority 32768
          05 00 07 00 00 00 00 00  # vlanFiltering false
          06 00 09 00 00 00 00 00  # groupFwdMask 0
          0c 00 0b 00 80 00 02 00 00 00 00 0a  # bridgeId {priority:32768,address:02:00:00:00:00:0a}
          0c 00 0a 00 80 00 02 00 00 00 00 0a  # rootId {priority:32768,address:02:00:00:00:00:0a}
          06 00 0c 00 00 00 00 00  # rootPort 0
          08 00 0d 00 00 00 00 00  # rootPathCost 0
          05 00 0e 00 00 00 00 00  # topologyChange false
          05 00 0f 00 00 00 00 00  # topologyChangeDetected false
          0a 00 14 00 01 80 c2 00 00 00 00 00  # groupAddr 01:80:c2:00:00:00
          0c 00 2e 00 00 00 00 00 1f 00 00 00  # multiBoolopt {value:0,mask:31}
          08 00 30 00 01 00 00 00  # fdbNLearned 1
          08 00 31 00 00 00 00 00  # fdbMaxLearned 0
          05 00 16 00 01 00 00 00  # multicastRouter 1
          05 00 17 00 01 00 00 00  # multicastSnooping true
          05 00 18 00 00 00 00 00  # multicastQueryUseIfaddr false
          05 00 19 00 00 00 00 00  # multicastQuerier false
          05 00 2a 00 00 00 00 00  # multicastStatsEnabled false
          08 00 1a 00 10 00 00 00  # multicastHashElasticity 16
          08 00 1b 00 00 10 00 00  # multicastHashMax 4096
          08 00 1c 00 02 00 00 00  # multicastLastMemberCount 2
          08 00 1d 00 02 00 00 00  # multicastStartupQueryCount 2
          05 00 2b 00 02 00 00 00  # multicastIgmpVersion 2
          05 00 2c 00 01 00 00 00  # multicastMldVersion 1
          0c 00 1e 00 64 00 00 00 00 00 00 00  # multicastLastMemberInterval 100
          0c 00 1f 00 90 65 00 00 00 00 00 00  # multicastMembershipInterval 26000
          0c 00 20 00 9c 63 00 00 00 00 00 00  # multicastQuerierInterval 25500
          0c 00 21 00 d4 30 00 00 00 00 00 00  # multicastQueryInterval 12500
          0c 00 22 00 e8 03 00 00 00 00 00 00  # multicastQueryResponseInterval 1000
          0c 00 23 00 34 0c 00 00 00 00 00 00  # multicastStartupQueryInterval 3124
          05 00 24 00 00 00 00 00  # nfCallIptables false
          05 00 25 00 00 00 00 00  # nfCallIp6tables false
          05 00 26 00 00 00 00 00  # nfCallArptables false
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
          14 00 05 00 ff ff 00 00 a8 a0 02 00 e8 4c 00 00 e8 03 00 00  # cacheInfo {maxReasmLen:65535,tstamp:172200,reachableTime:19688,retransTime:1000}
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
      index: 2,
      flags: 69699,
      change: 0,
      name: 'br0',
      txQLen: 1000,
      operState: 'up',
      linkMode: 0,
      netnsImmutable: true,
      mtu: 1500,
      minMtu: 68,
      maxMtu: 65535,
      group: 0,
      promiscuity: 0,
      allMulti: 0,
      numTxQueues: 1,
      gsoMaxSegs: 65535,
      gsoMaxSize: 65536,
      groMaxSize: 65536,
      gsoIpv4MaxSize: 65536,
      groIpv4MaxSize: 65536,
      tsoMaxSize: 524280,
      tsoMaxSegs: 65535,
      maxPacingOffloadHorizon: 0,
      numRxQueues: 1,
      carrier: true,
      carrierChanges: 2,
      carrierUpCount: 1,
      carrierDownCount: 1,
      headroom: 0,
      tailroom: 0,
      protoDown: false,
      address: '02:00:00:00:00:0a',
      broadcast: 'ff:ff:ff:ff:ff:ff',
      stats64: bytes(
        '0100000000000000030000000000000060000000000000001201000000000000000000000000000000000000000000000000000000000000000000000000000001',
        200,
      ),
      stats: bytes('010000000300000060000000120100000000000000000000000000000000000001', 96),
      xdp: bytes('0500020000000000'),
      linkInfo: {
        kind: 'bridge',
        data: {
          helloTimer: 0n,
          tcnTimer: 0n,
          topologyChangeTimer: 0n,
          gcTimer: 29990n,
          forwardDelay: 1500,
          helloTime: 200,
          maxAge: 2000,
          ageingTime: 30000,
          stpState: 0,
          priority: 32768,
          vlanFiltering: false,
          groupFwdMask: 0,
          bridgeId: { priority: 32768, address: '02:00:00:00:00:0a' },
          rootId: { priority: 32768, address: '02:00:00:00:00:0a' },
          rootPort: 0,
          rootPathCost: 0,
          topologyChange: false,
          topologyChangeDetected: false,
          groupAddr: '01:80:c2:00:00:00',
          multiBoolopt: { value: 0, mask: 31 },
          fdbNLearned: 1,
          fdbMaxLearned: 0,
          multicastRouter: 1,
          multicastSnooping: true,
          multicastQueryUseIfaddr: false,
          multicastQuerier: false,
          multicastStatsEnabled: false,
          multicastHashElasticity: 16,
          multicastHashMax: 4096,
          multicastLastMemberCount: 2,
          multicastStartupQueryCount: 2,
          multicastIgmpVersion: 2,
          multicastMldVersion: 1,
          multicastLastMemberInterval: 100n,
          multicastMembershipInterval: 26000n,
          multicastQuerierInterval: 25500n,
          multicastQueryInterval: 12500n,
          multicastQueryResponseInterval: 1000n,
          multicastStartupQueryInterval: 3124n,
          nfCallIptables: false,
          nfCallIp6tables: false,
          nfCallArptables: false,
        },
      },
      qdisc: 'noqueue',
      afSpec: {
        inet: {
          conf: bytes(
            '000000000000000000000000010000000100000001000000010000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010270000e80300000000000000000000000000000000000001000000',
          ),
        },
        inet6: {
          flags: 2147483648,
          cacheInfo: { maxReasmLen: 65535, tstamp: 172200, reachableTime: 19688, retransTime: 1000 },
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

// What Linux 6.18 says, after:
//
//     ip link add vxlan0 type vxlan id 42 group 239.1.1.1 dev v1 dstport 4789 local 10.9.0.1
//     ip link add vx6 type vxlan id 43 remote fd00:9::2 dstport 4789
import { linkMessage } from '../../../src/rtnetlink/index.ts';
import { bytes, capture } from './capture.ts';

export const captures = [
  capture(
    'a vxlan with a group in IPv4',
    linkMessage,
    `
      00 00 01 00 03 00 00 00 02 10 00 00 00 00 00 00  # ifinfomsg
      0b 00 03 00 76 78 6c 61 6e 30 00 00  # name vxlan0
      08 00 0d 00 e8 03 00 00  # txQLen 1000
      05 00 10 00 02 00 00 00  # operState down
      05 00 11 00 00 00 00 00  # linkMode 0
      05 00 43 00 00 00 00 00  # netnsImmutable false
      08 00 04 00 aa 05 00 00  # mtu 1450
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
      08 00 23 00 00 00 00 00  # carrierChanges 0
      08 00 2f 00 00 00 00 00  # carrierUpCount 0
      08 00 30 00 00 00 00 00  # carrierDownCount 0
      06 00 44 00 40 00 00 00  # headroom 64
      06 00 45 00 00 00 00 00  # tailroom 0
      05 00 27 00 00 00 00 00  # protoDown false
      0a 00 01 00 82 62 aa 01 85 bf 00 00  # address 82:62:aa:01:85:bf
      0a 00 02 00 ff ff ff ff ff ff 00 00  # broadcast ff:ff:ff:ff:ff:ff
      cc 00 17 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # stats64
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00
      64 00 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # stats
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00
      0c 00 2b 00 05 00 02 00 00 00 00 00  # xdp
      f0 00 12 00  # linkInfo
        0a 00 01 00 76 78 6c 61 6e 00 00 00  # kind vxlan
        e0 00 02 00  # data
          08 00 01 00 2a 00 00 00  # id 42
          08 00 02 00 ef 01 01 01  # group 239.1.1.1
          08 00 03 00 0b 00 00 00  # link 11
          08 00 04 00 0a 09 00 01  # local 10.9.0.1
          05 00 05 00 00 00 00 00  # ttl 0
          05 00 1c 00 00 00 00 00  # ttlInherit
          05 00 06 00 00 00 00 00  # tos 0
          05 00 1d 00 00 00 00 00  # df 0
          08 00 1a 00 00 00 00 00  # label 0
          08 00 20 00 00 00 00 00  # labelPolicy 0
          05 00 07 00 01 00 00 00  # learning true
          05 00 0b 00 00 00 00 00  # proxy false
          05 00 0c 00 00 00 00 00  # rsc false
          05 00 0d 00 00 00 00 00  # l2miss false
          05 00 0e 00 00 00 00 00  # l3miss false
          05 00 19 00 00 00 00 00  # collectMetadata false
          08 00 08 00 2c 01 00 00  # ageing 300
          08 00 09 00 00 00 00 00  # limit 0
          06 00 0f 00 12 b5 00 00  # port 4789
          05 00 12 00 01 00 00 00  # udpCsum true
          05 00 13 00 00 00 00 00  # udpZeroCsum6Tx false
          05 00 14 00 00 00 00 00  # udpZeroCsum6Rx false
          05 00 15 00 00 00 00 00  # remCsumTx false
          05 00 16 00 00 00 00 00  # remCsumRx false
          05 00 1f 00 01 00 00 00  # localBypass true
          08 00 0a 00 00 00 00 00  # portRange {low:0,high:0}
          0c 00 21 00 f7 ff ff ff 00 00 00 ff  # reservedBits
      09 00 06 00 6e 6f 6f 70 00 00 00 00  # qdisc noop
      c0 01 1a 00  # afSpec
        8c 00 02 00  # inet
          88 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00  # conf
          00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 10 27 00 00 e8 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 01 00 00 00
        30 01 0a 00  # inet6
          08 00 01 00 00 00 00 00  # flags 0
          14 00 05 00 ff ff 00 00 a8 a0 02 00 04 44 00 00 e8 03 00 00  # cacheInfo {maxReasmLen:65535,tstamp:172200,reachableTime:17412,retransTime:1000}
          f4 00 02 00 00 00 00 00 40 00 00 00 aa 05 00 00 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00  # conf
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
      index: 3,
      flags: 4098,
      change: 0,
      name: 'vxlan0',
      txQLen: 1000,
      operState: 'down',
      linkMode: 0,
      netnsImmutable: false,
      mtu: 1450,
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
      carrierChanges: 0,
      carrierUpCount: 0,
      carrierDownCount: 0,
      headroom: 64,
      tailroom: 0,
      protoDown: false,
      address: '82:62:aa:01:85:bf',
      broadcast: 'ff:ff:ff:ff:ff:ff',
      stats64: bytes('', 200),
      stats: bytes('', 96),
      xdp: bytes('0500020000000000'),
      linkInfo: {
        kind: 'vxlan',
        data: {
          id: 42,
          group: '239.1.1.1',
          link: 11,
          local: '10.9.0.1',
          ttl: 0,
          ttlInherit: bytes('00'),
          tos: 0,
          df: 0,
          label: 0,
          labelPolicy: 0,
          learning: true,
          proxy: false,
          rsc: false,
          l2miss: false,
          l3miss: false,
          collectMetadata: false,
          ageing: 300,
          limit: 0,
          port: 4789,
          udpCsum: true,
          udpZeroCsum6Tx: false,
          udpZeroCsum6Rx: false,
          remCsumTx: false,
          remCsumRx: false,
          localBypass: true,
          portRange: { low: 0, high: 0 },
          reservedBits: bytes('f7ffffff000000ff'),
        },
      },
      qdisc: 'noop',
      afSpec: {
        inet: {
          conf: bytes(
            '000000000000000000000000010000000100000001000000010000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010270000e80300000000000000000000000000000000000001000000',
          ),
        },
        inet6: {
          flags: 0,
          cacheInfo: { maxReasmLen: 65535, tstamp: 172200, reachableTime: 17412, retransTime: 1000 },
          conf: bytes(
            '0000000040000000aa05000001000000010000000100000001000000ffffffffa00f0000e803000000000000803a0900805101000300000058020000100000000000000001000000010000000100000060ea000000000000000000000000000000000000000000000000000001000000000000000000000010270000e8030000010000000000000000000000010000000000000000000000010000000000000000000000000000000000000080ee360000000000000000000100000000000000000000000000000000000000000000000004000000000000ffff0000ffffffff01',
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
  capture(
    'a vxlan with one remote in IPv6',
    linkMessage,
    `
      00 00 01 00 04 00 00 00 02 10 00 00 00 00 00 00  # ifinfomsg
      08 00 03 00 76 78 36 00  # name vx6
      08 00 0d 00 e8 03 00 00  # txQLen 1000
      05 00 10 00 02 00 00 00  # operState down
      05 00 11 00 00 00 00 00  # linkMode 0
      05 00 43 00 00 00 00 00  # netnsImmutable false
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
      08 00 3b 00 00 00 01 00  # tsoMaxSize 65536
      08 00 3c 00 ff ff 00 00  # tsoMaxSegs 65535
      08 00 42 00 00 00 00 00  # maxPacingOffloadHorizon 0
      08 00 20 00 01 00 00 00  # numRxQueues 1
      05 00 21 00 01 00 00 00  # carrier true
      08 00 23 00 00 00 00 00  # carrierChanges 0
      08 00 2f 00 00 00 00 00  # carrierUpCount 0
      08 00 30 00 00 00 00 00  # carrierDownCount 0
      06 00 44 00 54 00 00 00  # headroom 84
      06 00 45 00 00 00 00 00  # tailroom 0
      05 00 27 00 00 00 00 00  # protoDown false
      0a 00 01 00 e2 13 ba c1 16 2a 00 00  # address e2:13:ba:c1:16:2a
      0a 00 02 00 ff ff ff ff ff ff 00 00  # broadcast ff:ff:ff:ff:ff:ff
      cc 00 17 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # stats64
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00
      64 00 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # stats
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 00 00 00
      0c 00 2b 00 05 00 02 00 00 00 00 00  # xdp
      ec 00 12 00  # linkInfo
        0a 00 01 00 76 78 6c 61 6e 00 00 00  # kind vxlan
        dc 00 02 00  # data
          08 00 01 00 2b 00 00 00  # id 43
          14 00 10 00 fd 00 00 09 00 00 00 00 00 00 00 00 00 00 00 02  # group6 fd00:9::2
          05 00 05 00 00 00 00 00  # ttl 0
          05 00 1c 00 00 00 00 00  # ttlInherit
          05 00 06 00 00 00 00 00  # tos 0
          05 00 1d 00 00 00 00 00  # df 0
          08 00 1a 00 00 00 00 00  # label 0
          08 00 20 00 00 00 00 00  # labelPolicy 0
          05 00 07 00 01 00 00 00  # learning true
          05 00 0b 00 00 00 00 00  # proxy false
          05 00 0c 00 00 00 00 00  # rsc false
          05 00 0d 00 00 00 00 00  # l2miss false
          05 00 0e 00 00 00 00 00  # l3miss false
          05 00 19 00 00 00 00 00  # collectMetadata false
          08 00 08 00 2c 01 00 00  # ageing 300
          08 00 09 00 00 00 00 00  # limit 0
          06 00 0f 00 12 b5 00 00  # port 4789
          05 00 12 00 01 00 00 00  # udpCsum true
          05 00 13 00 00 00 00 00  # udpZeroCsum6Tx false
          05 00 14 00 00 00 00 00  # udpZeroCsum6Rx false
          05 00 15 00 00 00 00 00  # remCsumTx false
          05 00 16 00 00 00 00 00  # remCsumRx false
          05 00 1f 00 01 00 00 00  # localBypass true
          08 00 0a 00 00 00 00 00  # portRange {low:0,high:0}
          0c 00 21 00 f7 ff ff ff 00 00 00 ff  # reservedBits
      09 00 06 00 6e 6f 6f 70 00 00 00 00  # qdisc noop
      c0 01 1a 00  # afSpec
        8c 00 02 00  # inet
          88 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00  # conf
          00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 00 00 00 00 00 00 00 00 10 27 00 00 e8 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00
          00 00 00 00 01 00 00 00
        30 01 0a 00  # inet6
          08 00 01 00 00 00 00 00  # flags 0
          14 00 05 00 ff ff 00 00 a8 a0 02 00 14 99 00 00 e8 03 00 00  # cacheInfo {maxReasmLen:65535,tstamp:172200,reachableTime:39188,retransTime:1000}
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
      index: 4,
      flags: 4098,
      change: 0,
      name: 'vx6',
      txQLen: 1000,
      operState: 'down',
      linkMode: 0,
      netnsImmutable: false,
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
      tsoMaxSize: 65536,
      tsoMaxSegs: 65535,
      maxPacingOffloadHorizon: 0,
      numRxQueues: 1,
      carrier: true,
      carrierChanges: 0,
      carrierUpCount: 0,
      carrierDownCount: 0,
      headroom: 84,
      tailroom: 0,
      protoDown: false,
      address: 'e2:13:ba:c1:16:2a',
      broadcast: 'ff:ff:ff:ff:ff:ff',
      stats64: bytes('', 200),
      stats: bytes('', 96),
      xdp: bytes('0500020000000000'),
      linkInfo: {
        kind: 'vxlan',
        data: {
          id: 43,
          group6: 'fd00:9::2',
          ttl: 0,
          ttlInherit: bytes('00'),
          tos: 0,
          df: 0,
          label: 0,
          labelPolicy: 0,
          learning: true,
          proxy: false,
          rsc: false,
          l2miss: false,
          l3miss: false,
          collectMetadata: false,
          ageing: 300,
          limit: 0,
          port: 4789,
          udpCsum: true,
          udpZeroCsum6Tx: false,
          udpZeroCsum6Rx: false,
          remCsumTx: false,
          remCsumRx: false,
          localBypass: true,
          portRange: { low: 0, high: 0 },
          reservedBits: bytes('f7ffffff000000ff'),
        },
      },
      qdisc: 'noop',
      afSpec: {
        inet: {
          conf: bytes(
            '000000000000000000000000010000000100000001000000010000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010270000e80300000000000000000000000000000000000001000000',
          ),
        },
        inet6: {
          flags: 0,
          cacheInfo: { maxReasmLen: 65535, tstamp: 172200, reachableTime: 39188, retransTime: 1000 },
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

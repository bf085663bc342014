// What iproute2 6.1 asks for, given the commands in the titles. No kernel is needed to take these: they cover kinds that
// the one of the other captures does not have. IFLA_INFO_KIND, sent without a NUL byte there, has one here.
import { linkMessage } from '../../../src/rtnetlink/index.ts';
import { bytes, capture } from './capture.ts';

export const captures = [
  capture(
    'ip link add web0 mtu 1400 address 02:00:00:00:00:01 type veth peer name eth0 mtu 1400 address 02:00:00:00:00:02 netns PID',
    linkMessage,
    `
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      08 00 04 00 78 05 00 00  # mtu 1400
      0a 00 01 00 02 00 00 00 00 01 00 00  # address 02:00:00:00:00:01
      09 00 03 00 77 65 62 30 00 00 00 00  # name web0
      50 00 12 00  # linkInfo
        09 00 01 00 76 65 74 68 00 00 00 00  # kind veth
        40 00 02 00  # data
          3c 00 01 00  # peer
            00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
            08 00 04 00 78 05 00 00  # mtu 1400
            0a 00 01 00 02 00 00 00 00 02 00 00  # address 02:00:00:00:00:02
            08 00 13 00 f1 5f 00 00  # netNsPid 24561
            09 00 03 00 65 74 68 30 00 00 00 00  # name eth0
    `,
    {
      family: 0,
      type: 0,
      index: 0,
      flags: 0,
      change: 0,
      mtu: 1400,
      address: '02:00:00:00:00:01',
      name: 'web0',
      linkInfo: {
        kind: 'veth',
        data: {
          peer: {
            family: 0,
            type: 0,
            index: 0,
            flags: 0,
            change: 0,
            mtu: 1400,
            address: '02:00:00:00:00:02',
            netNsPid: 24561,
            name: 'eth0',
          },
        },
      },
    },
  ),
  capture(
    'ip link add link v1 name v1.7 type vlan protocol 802.1ad id 7 reorder_hdr off egress-qos-map 1:2',
    linkMessage,
    `
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      08 00 05 00 03 00 00 00  # link 3
      09 00 03 00 76 31 2e 37 00 00 00 00  # name v1.7
      40 00 12 00  # linkInfo
        09 00 01 00 76 6c 61 6e 00 00 00 00  # kind vlan
        30 00 02 00  # data
          06 00 05 00 88 a8 00 00  # protocol 802.1ad
          06 00 01 00 07 00 00 00  # id 7
          10 00 03 00 0c 00 01 00 01 00 00 00 02 00 00 00  # egressQos
          0c 00 02 00 00 00 00 00 01 00 00 00  # flags {flags:0,mask:1}
    `,
    {
      family: 0,
      type: 0,
      index: 0,
      flags: 0,
      change: 0,
      link: 3,
      name: 'v1.7',
      linkInfo: {
        kind: 'vlan',
        data: {
          protocol: '802.1ad',
          id: 7,
          egressQos: bytes('0c0001000100000002000000'),
          flags: { flags: 0, mask: 1 },
        },
      },
    },
  ),
  capture(
    'ip link add red type vrf table 100',
    linkMessage,
    `
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      08 00 03 00 72 65 64 00  # name red
      18 00 12 00  # linkInfo
        08 00 01 00 76 72 66 00  # kind vrf
        0c 00 02 00  # data
          08 00 01 00 64 00 00 00  # table 100
    `,
    {
      family: 0,
      type: 0,
      index: 0,
      flags: 0,
      change: 0,
      name: 'red',
      linkInfo: { kind: 'vrf', data: { table: 100 } },
    },
  ),
  capture(
    'ip link add iv0 link v1 type ipvlan mode l3s private',
    linkMessage,
    `
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      08 00 05 00 03 00 00 00  # link 3
      08 00 03 00 69 76 30 00  # name iv0
      24 00 12 00  # linkInfo
        0b 00 01 00 69 70 76 6c 61 6e 00 00  # kind ipvlan
        14 00 02 00  # data
          06 00 01 00 02 00 00 00  # mode l3s
          06 00 02 00 01 00 00 00  # flags 1
    `,
    {
      family: 0,
      type: 0,
      index: 0,
      flags: 0,
      change: 0,
      link: 3,
      name: 'iv0',
      linkInfo: { kind: 'ipvlan', data: { mode: 'l3s', flags: 1 } },
    },
  ),
  capture(
    'ip link add du0 type dummy',
    linkMessage,
    `
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      08 00 03 00 64 75 30 00  # name du0
      10 00 12 00  # linkInfo
        0a 00 01 00 64 75 6d 6d 79 00 00 00  # kind dummy
    `,
    {
      family: 0,
      type: 0,
      index: 0,
      flags: 0,
      change: 0,
      name: 'du0',
      linkInfo: { kind: 'dummy' },
    },
  ),
  capture(
    'ip link add br9 type bridge stp_state 1 forward_delay 400 priority 4096 vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0 nf_call_iptables 0',
    linkMessage,
    `
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      08 00 03 00 62 72 39 00  # name br9
      4c 00 12 00  # linkInfo
        0b 00 01 00 62 72 69 64 67 65 00 00  # kind bridge
        3c 00 02 00  # data
          08 00 05 00 01 00 00 00  # stpState 1
          08 00 01 00 90 01 00 00  # forwardDelay 400
          06 00 06 00 00 10 00 00  # priority 4096
          05 00 07 00 01 00 00 00  # vlanFiltering true
          06 00 27 00 00 00 00 00  # vlanDefaultPvid 0
          05 00 17 00 00 00 00 00  # multicastSnooping false
          05 00 24 00 00 00 00 00  # nfCallIptables false
    `,
    {
      family: 0,
      type: 0,
      index: 0,
      flags: 0,
      change: 0,
      name: 'br9',
      linkInfo: {
        kind: 'bridge',
        data: {
          stpState: 1,
          forwardDelay: 400,
          priority: 4096,
          vlanFiltering: true,
          vlanDefaultPvid: 0,
          multicastSnooping: false,
          nfCallIptables: false,
        },
      },
    },
  ),
  capture(
    'ip link add mv0 link v1 type macvlan mode source macaddr set 02:00:00:00:00:05 02:00:00:00:00:06',
    linkMessage,
    `
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      08 00 05 00 03 00 00 00  # link 3
      08 00 03 00 6d 76 30 00  # name mv0
      40 00 12 00  # linkInfo
        0c 00 01 00 6d 61 63 76 6c 61 6e 00  # kind macvlan
        30 00 02 00  # data
          08 00 03 00 03 00 00 00  # macAddrMode 3
          1c 00 05 00  # macAddrData
            0a 00 04 00 02 00 00 00 00 05 00 00  # 0 02:00:00:00:00:05
            0a 00 04 00 02 00 00 00 00 06 00 00  # 1 02:00:00:00:00:06
          08 00 01 00 10 00 00 00  # mode source
    `,
    {
      family: 0,
      type: 0,
      index: 0,
      flags: 0,
      change: 0,
      link: 3,
      name: 'mv0',
      linkInfo: {
        kind: 'macvlan',
        data: {
          macAddrMode: 3,
          macAddrData: ['02:00:00:00:00:05', '02:00:00:00:00:06'],
          mode: 'source',
        },
      },
    },
  ),
  capture(
    'ip link property add dev v1 altname a-very-long-alternative-name altname second',
    linkMessage,
    `
      00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      34 00 34 80  # propList
        21 00 35 00 61 2d 76 65 72 79 2d 6c 6f 6e 67 2d 61 6c 74 65 72 6e 61 74 69 76 65 2d 6e 61 6d 65  # 0 a-very-long-alternative-name
        00 00 00 00
        0b 00 35 00 73 65 63 6f 6e 64 00 00  # 1 second
    `,
    {
      family: 0,
      type: 0,
      index: 3,
      flags: 0,
      change: 0,
      propList: ['a-very-long-alternative-name', 'second'],
    },
  ),
  capture(
    'ip link set v1 addrgenmode none',
    linkMessage,
    `
      00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      10 00 1a 00  # afSpec
        0c 00 0a 00  # inet6
          05 00 08 00 01 00 00 00  # addrGenMode none
    `,
    {
      family: 0,
      type: 0,
      index: 3,
      flags: 0,
      change: 0,
      afSpec: { inet6: { addrGenMode: 'none' } },
    },
  ),
  capture(
    'ip link set v1 type bridge_slave hairpin on isolated on cost 5',
    linkMessage,
    `
      00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00  # ifinfomsg
      34 00 12 00  # linkInfo
        11 00 01 00 62 72 69 64 67 65 5f 73 6c 61 76 65 00 00 00 00  # kind bridge_slave
        1c 00 05 00 05 00 04 00 01 00 00 00 05 00 21 00 01 00 00 00 08 00 03 00 05 00 00 00  # slaveData
    `,
    {
      family: 0,
      type: 0,
      index: 3,
      flags: 0,
      change: 0,
      linkInfo: {
        kind: 'bridge_slave',
        slaveData: bytes('050004000100000005002100010000000800030005000000'),
      },
    },
  ),
];

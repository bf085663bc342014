import { attribute, attributes, named, u16 } from '../wire/index.ts';
import { bareChoice, choice, defineKind } from './define/index.ts';

/** IPVLAN_F_* of linux/if_link.h. */
const FLAGS = { bridge: 0, private: 1, vepa: 2 } as const;

/** An interface that shares the MAC address of the link below, and is told apart by its IP addresses. */
export const ipvlan = defineKind({
  name: 'ipvlan',
  doctor: { title: 'ipvlan', needed: 'nodes that share a MAC address with the host' },
  explanation: 'An ipvlan interface shares the MAC address of the link below, and is told apart by its IP addresses.',
  lower: { needed: true, in: 'IFLA_LINK' },
  hasMac: false,
  /** IFLA_IPVLAN_* of linux/if_link.h. */
  data: attributes('ipvlan', {
    mode: attribute(1, named(u16, { l2: 0, l3: 1, l3s: 2 })),
    /** 1 private, 2 vepa; neither lets the links of one lower interface reach each other, as bridge mode does. */
    flags: attribute(2, u16),
  }),
  options: {
    mode: choice('mode', ['l2', 'l3', 'l3s'], { initial: 'l3' }),
    /** Who of those upon the same link is reached: all, none, or by way of the switch outside. */
    isolation: bareChoice(['bridge', 'private', 'vepa'], { initial: 'bridge', shown: 'flags' }),
  },
  trial: { mode: 'l2' },
  encode: ({ isolation, ...same }) => (isolation === undefined ? same : { ...same, flags: FLAGS[isolation] }),
  decode: (data) => ({
    mode: data.mode,
    isolation: Object.entries(FLAGS).find(([, flag]) => flag === data.flags)?.[0],
  }),
});

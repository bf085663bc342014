import { attribute, attributes, named, u16 } from '../wire/index.ts';
import { bareChoice, choice, defineKind } from './define/index.ts';

/** IPVLAN_F_* of linux/if_link.h. */
const FLAGS = { bridge: 0, private: 1, vepa: 2 } as const;

/** An interface that shares the MAC address of its lower link. The kernel delivers packets by its IP addresses. */
export const ipvlan = defineKind({
  name: 'ipvlan',
  doctor: { title: 'ipvlan', needed: 'nodes that share a MAC address with the host' },
  explanation: 'An ipvlan interface shares the MAC address of its lower link, and has its own IP addresses.',
  lower: { needed: true, in: 'IFLA_LINK' },
  hasMac: false,
  /** IFLA_IPVLAN_* of linux/if_link.h. */
  data: attributes('ipvlan', {
    mode: attribute(1, named(u16, { l2: 0, l3: 1, l3s: 2 })),
    /** 1 private, 2 vepa: unlike in bridge mode (0), links on the same lower link do not reach each other directly. */
    flags: attribute(2, u16),
  }),
  options: {
    mode: choice('mode', ['l2', 'l3', 'l3s'], { initial: 'l3' }),
    /** Whether links on the same lower link reach each other: directly, not at all, or through the external switch. */
    isolation: bareChoice(['bridge', 'private', 'vepa'], { initial: 'bridge', shown: 'flags' }),
  },
  trial: { mode: 'l2' },
  encode: ({ isolation, ...rest }) => (isolation === undefined ? rest : { ...rest, flags: FLAGS[isolation] }),
  decode: (data) => ({
    mode: data.mode,
    isolation: Object.entries(FLAGS).find(([, flag]) => flag === data.flags)?.[0],
  }),
});

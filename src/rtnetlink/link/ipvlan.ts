import { attribute, attributes, named, u16 } from '../../wire/index.ts';

/** IFLA_IPVLAN_* of linux/if_link.h. */
export const ipvlan = attributes('ipvlan', {
  mode: attribute(1, named(u16, { l2: 0, l3: 1, l3s: 2 })),
  /** 1 private, 2 vepa; neither lets the links of one lower interface reach each other, as bridge mode does. */
  flags: attribute(2, u16),
});

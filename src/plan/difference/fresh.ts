import { KINDS } from '../../kinds/index.ts';
import {
  EMPTY_NAMESPACE,
  type LinkBase,
  type LinkReference,
  type LinkState,
  type NamespaceState,
} from '../../state/index.ts';
import { inherit, type Inherited } from './link-settings.ts';

const LOOPBACK: LinkState = { kind: KINDS.loopback.name, up: false, mtu: 65536, addresses: [] };

/** What a namespace holds that was just made: a loopback that is down. */
export const FRESH_NAMESPACE: NamespaceState = { ...EMPTY_NAMESPACE, links: { lo: LOOPBACK } };

/**
 * What a link is like that was just made to be `link`: it has what a creating message can say.
 */
export function freshLink(link: LinkState, up: boolean, inherited: Inherited): LinkState {
  const { kind, mtu, mac, group, master, options, lower } = link;
  // By assignments, which cost a fraction of what spreads do: a lab has thousands of links.
  const fresh = { kind, up, mtu, addresses: [] } as unknown as Fresh;
  if (mac !== undefined) fresh.mac = mac;
  if (group !== undefined) fresh.group = group;
  if (master !== undefined) fresh.master = master;
  if (options !== undefined) fresh.options = options;
  if (lower !== undefined) fresh.lower = lower;
  inherit(fresh, inherited);
  return fresh as LinkState;
}

type Fresh = { -readonly [K in keyof LinkBase]: LinkBase[K] } & {
  options: NonNullable<LinkState['options']>;
  lower: LinkReference;
};

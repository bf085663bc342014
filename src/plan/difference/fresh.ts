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

/** The state of a new namespace: a loopback interface that is down. */
export const FRESH_NAMESPACE: NamespaceState = { ...EMPTY_NAMESPACE, links: { lo: LOOPBACK } };

/**
 * The state of a link right after it was created for `link`: it has the settings that an RTM_NEWLINK can contain.
 */
export function freshLink(link: LinkState, up: boolean, inherited: Inherited): LinkState {
  const { kind, mtu, mac, group, master, options, lower } = link;
  // Assignments take a fraction of the time of spreads, and a lab has thousands of links.
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

import { addressOf, familyOf, overlaps, prefixLength, type Cidr, type Family } from '../../addr/index.ts';
import {
  accept,
  acceptEstablished,
  ADDRESS_TYPE,
  addressRanges,
  DADDR,
  drop,
  filterAt,
  match,
  NFPROTO_NAME,
  oneOf,
  rule,
  SADDR,
  type ChainState,
  type NftRuleState,
  type SetState,
  type Statement,
  type TableState,
} from '../../state/index.ts';
import { FAMILIES, LINK_LOCAL } from '../families.ts';
import type { Segment } from '../wiring/index.ts';
import type { EgressRule } from './text.ts';

/** The nftables table of networks with `egress`, of family `inet`, in the lab's own namespace. */
export const EGRESS_TABLE = 'netwright-egress';
/** The chain that rejects packets and traces them. */
export const REFUSE_CHAIN = 'refuse';

/** A priority before the lab's other rules, which drop packets without an error. */
const BEFORE_FILTER = -10;
/** The rate limit for traces of rejected packets, so that a flood does not overload the reader of the traces. */
const TRACED = { rate: 100, per: 'second', burst: 100 } as const;

/** Destinations that are always rejected. Link-local ones need a rule whose prefix is link-local itself. */
const NEVER = { 4: ['224.0.0.0/4' as Cidr, '240.0.0.0/4' as Cidr], 6: ['ff00::/8' as Cidr] };

/** The set for the addresses of a rule's host name, for one network and family. The resolver adds them. */
export function egressSet(
  bridge: string,
  { protocols, ports }: EgressRule,
  family: Family,
): { name: string; set: SetState } {
  const protocol = protocols.length > 1 ? 'any' : protocols[0]!;
  const portSuffix = ports === undefined ? '' : `-${ports[0] === ports[1] ? ports[0] : ports.join('-')}`;
  return {
    name: `open-${bridge}-${protocol}${portSuffix}-v${family}`,
    set: { key: [ADDRESS_TYPE[family]], flags: ['timeout'], elements: [] },
  };
}

/** The table for the networks with `egress`, by its key; empty if no network has one. */
export function egressTable(
  limited: ReadonlyMap<Segment, readonly EgressRule[]>,
  bridgeName: (network: Segment) => string,
): Record<string, TableState> {
  if (limited.size === 0) return {};
  const sets: Record<string, SetState> = {};
  const chains: Record<string, ChainState> = {};
  const leaving: NftRuleState[] = [];
  const arriving: NftRuleState[] = [];
  for (const [network, allowed] of limited) {
    const bridge = bridgeName(network);
    const outside = match('oifname', '!=', bridge);
    leaving.push(
      rule(`${network.network}: what leaves`, match('iifname', '==', bridge), outside, { jump: `from-${bridge}` }),
      rule(`${network.network}: what comes`, match('iifname', '!=', bridge), match('oifname', '==', bridge), {
        jump: `to-${bridge}`,
      }),
    );
    arriving.push(
      rule(`${network.network}: to the router`, match('iifname', '==', bridge), { jump: `router-${bridge}` }),
    );
    chains[`from-${bridge}`] = { rules: leavingRules(network, allowed, bridge, sets) };
    chains[`to-${bridge}`] = { rules: [acceptEstablished, rule('no new connections to members', drop)] };
    chains[`router-${bridge}`] = { rules: routerRules };
  }
  return {
    [`inet ${EGRESS_TABLE}`]: {
      family: 'inet',
      name: EGRESS_TABLE,
      chains: {
        leaving: filterAt('forward', BEFORE_FILTER, ...leaving),
        arriving: filterAt('input', BEFORE_FILTER, ...arriving),
        ...chains,
        [REFUSE_CHAIN]: { rules: refusal },
      },
      sets,
    },
  };
}

const refuse: Statement = { goto: REFUSE_CHAIN };

/** Whether a rule's prefix is link-local. Wider ones do not allow such addresses: 169.254.169.254 has cloud secrets. */
const isLocal = ({ network }: EgressRule, family: Family): boolean =>
  network !== undefined &&
  overlaps(network, LINK_LOCAL[family]) &&
  prefixLength(network) >= prefixLength(LINK_LOCAL[family]);

/** The rules for packets that leave a network, in the order of evaluation. */
function leavingRules(
  network: Segment,
  allowed: readonly EgressRule[],
  bridge: string,
  sets: Record<string, SetState>,
): NftRuleState[] {
  return FAMILIES.flatMap((family) => {
    const sources = network.members.flatMap(({ addresses }) =>
      addresses.filter((address) => familyOf(address) === family).map(addressOf),
    );
    const ofFamily = match('meta nfproto', '==', NFPROTO_NAME[family]);
    if (sources.length === 0) return [rule(`no IPv${family}`, ofFamily, refuse)];
    return [rule('not the address of a member', match(SADDR[family], '!=', oneOf(sources)), refuse)];
  }).concat(
    acceptEstablished,
    rule('not a new connection', match('ct state', '!=', 'new'), refuse),
    ...FAMILIES.flatMap((family) => [
      ...acceptRules(
        allowed.filter((egress) => isLocal(egress, family)),
        family,
        bridge,
        sets,
      ),
      rule(
        'link-local, multicast and reserved',
        match(DADDR[family], '==', oneOf(addressRanges([LINK_LOCAL[family], ...NEVER[family]], family))),
        refuse,
      ),
      ...acceptRules(
        allowed.filter((egress) => !isLocal(egress, family)),
        family,
        bridge,
        sets,
      ),
    ]),
    rule('everything else', refuse),
  );
}

/** The rules that accept destinations of one family: one for all destinations with the same protocols and ports. */
function acceptRules(
  destinations: readonly EgressRule[],
  family: Family,
  bridge: string,
  sets: Record<string, SetState>,
): NftRuleState[] {
  const groups = new Map<string, { readonly egress: EgressRule; readonly named: boolean; readonly networks: Cidr[] }>();
  for (const egress of destinations) {
    const { network, protocols, ports = [] } = egress;
    if (network !== undefined && familyOf(network) !== family) continue;
    const key = [network === undefined, ...protocols, ...ports].join(' ');
    const group = groups.get(key) ?? groups.set(key, { egress, named: network === undefined, networks: [] }).get(key)!;
    if (network !== undefined) group.networks.push(network);
  }
  return [...groups.values()].flatMap(({ egress, named, networks }) => {
    if (named) {
      const { name, set } = egressSet(bridge, egress, family);
      sets[name] = set;
      return accepted('the addresses of names', match(DADDR[family], '==', { set: name }), egress, family);
    }
    const ranges = addressRanges(networks, family);
    const [first, ...others] = ranges;
    const isAll = typeof first === 'string' && first.endsWith('/0');
    const daddr = isAll ? match('meta nfproto', '==', NFPROTO_NAME[family]) : match(DADDR[family], '==', oneOf(ranges));
    const only = typeof first === 'object' ? first.range.join('-') : String(first);
    return accepted(others.length === 0 ? only : `${ranges.length} destinations`, daddr, egress, family);
  });
}

const accepted = (
  comment: string,
  daddr: Statement,
  { protocols, ports }: EgressRule,
  family: Family,
): NftRuleState[] =>
  protocols.map((protocol) => rule(comment, daddr, ...protocolMatches(protocol, ports, family), accept));

function protocolMatches(
  protocol: EgressRule['protocols'][number],
  ports: EgressRule['ports'],
  family: Family,
): Statement[] {
  if (protocol === 'icmp') return [match(family === 4 ? 'icmp type' : 'icmpv6 type', '==', 'echo-request')];
  if (ports === undefined) return [match('meta l4proto', '==', protocol)];
  return [match(`${protocol} dport`, '==', ports[0] === ports[1] ? ports[0] : { range: ports })];
}

/** The rules for packets to the router itself: accepts neighbour discovery, drops what every kernel sends untraced. */
const routerRules: readonly NftRuleState[] = [
  rule(
    'neighbour discovery',
    match('icmpv6 type', '==', { anyOf: ['nd-neighbor-solicit', 'nd-neighbor-advert'] }),
    accept,
  ),
  rule(
    'packets that every kernel sends',
    match('icmpv6 type', '==', {
      anyOf: ['nd-router-solicit', 'mld-listener-report', 'mld-listener-done', 'mld2-listener-report'],
    }),
    drop,
  ),
  acceptEstablished,
  rule('everything else', refuse),
];

/** Rejects with an error, so that programs fail at once. The kernel sends the traces to NFNLGRP_NFTRACE. */
const refusal: readonly NftRuleState[] = [
  rule('traced, for reports', { limit: TRACED }, { set: { key: 'meta nftrace', value: 1 } }),
  rule('rejected', match('meta l4proto', '==', 'tcp'), { counter: {} }, { reject: { with: 'tcp reset' } }),
  rule('rejected', { counter: {} }, { reject: { with: 'icmpx admin-prohibited' } }),
];

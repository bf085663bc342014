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
/** What is refused passes through here, and each packet of it is traced. */
export const REFUSE = 'refuse';

/** Before the lab's other rules, which drop without saying so. */
const BEFORE_FILTER = -10;
/** How many refused packets are told of: a flood must not keep whoever listens from everything else. */
const TRACED = { rate: 100, per: 'second', burst: 100 } as const;

/** What no rule opens. Link-local addresses are reached by rules within them alone. */
const NEVER = { 4: ['224.0.0.0/4' as Cidr, '240.0.0.0/4' as Cidr], 6: ['ff00::/8' as Cidr] };

/** The set that the addresses of a rule's name are put into, by whoever resolves it; of one network and family. */
export function egressSet(
  bridge: string,
  { protocols, ports }: EgressRule,
  family: Family,
): { name: string; set: SetState } {
  const what = protocols.length > 1 ? 'any' : protocols[0]!;
  const where = ports === undefined ? '' : `-${ports[0] === ports[1] ? ports[0] : ports.join('-')}`;
  return {
    name: `open-${bridge}-${what}${where}-v${family}`,
    set: { key: [ADDRESS_TYPE[family]], flags: ['timeout'], elements: [] },
  };
}

/** The table for those of a lab's networks that have `egress`; nothing when none has. */
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
    chains[`to-${bridge}`] = { rules: [acceptEstablished, rule('nothing comes in', drop)] };
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
        [REFUSE]: { rules: refusal },
      },
      sets,
    },
  };
}

const refuse: Statement = { goto: REFUSE };

/** Whether a rule is within the link-local addresses: cloud machines are told their secrets at 169.254.169.254. */
const isLocal = ({ network }: EgressRule, family: Family): boolean =>
  network !== undefined &&
  overlaps(network, LINK_LOCAL[family]) &&
  prefixLength(network) >= prefixLength(LINK_LOCAL[family]);

/** In this order: the first that fits decides. */
function leavingRules(
  network: Segment,
  allowed: readonly EgressRule[],
  bridge: string,
  sets: Record<string, SetState>,
): NftRuleState[] {
  return FAMILIES.flatMap((family) => {
    const sources = network.members.flatMap(({ addresses }) =>
      addresses.filter((one) => familyOf(one) === family).map(addressOf),
    );
    const ofFamily = match('meta nfproto', '==', NFPROTO_NAME[family]);
    if (sources.length === 0) return [rule(`no IPv${family}`, ofFamily, refuse)];
    return [rule('a source that no member has', match(SADDR[family], '!=', oneOf(sources)), refuse)];
  }).concat(
    acceptEstablished,
    rule('neither new nor an answer', match('ct state', '!=', 'new'), refuse),
    ...FAMILIES.flatMap((family) => [
      ...open(
        allowed.filter((one) => isLocal(one, family)),
        family,
        bridge,
        sets,
      ),
      rule(
        'link-local, multicast and reserved',
        match(DADDR[family], '==', oneOf(addressRanges([LINK_LOCAL[family], ...NEVER[family]], family))),
        refuse,
      ),
      ...open(
        allowed.filter((one) => !isLocal(one, family)),
        family,
        bridge,
        sets,
      ),
    ]),
    rule('everything else', refuse),
  );
}

/** The rules that let destinations be reached in one family: as many as differ in what is open there, not in where. */
function open(
  destinations: readonly EgressRule[],
  family: Family,
  bridge: string,
  sets: Record<string, SetState>,
): NftRuleState[] {
  const found = new Map<string, { readonly like: EgressRule; readonly named: boolean; readonly networks: Cidr[] }>();
  for (const one of destinations) {
    const { network, protocols, ports = [] } = one;
    if (network !== undefined && familyOf(network) !== family) continue;
    const key = [network === undefined, ...protocols, ...ports].join(' ');
    const same = found.get(key) ?? found.set(key, { like: one, named: network === undefined, networks: [] }).get(key)!;
    if (network !== undefined) same.networks.push(network);
  }
  return [...found.values()].flatMap(({ like, named, networks }) => {
    if (named) {
      const { name, set } = egressSet(bridge, like, family);
      sets[name] = set;
      return opened('the addresses of names', match(DADDR[family], '==', { set: name }), like, family);
    }
    const ranges = addressRanges(networks, family);
    const [first, ...others] = ranges;
    const isAll = typeof first === 'string' && first.endsWith('/0');
    const to = isAll ? match('meta nfproto', '==', NFPROTO_NAME[family]) : match(DADDR[family], '==', oneOf(ranges));
    const only = typeof first === 'object' ? first.range.join('-') : String(first);
    return opened(others.length === 0 ? only : `${ranges.length} destinations`, to, like, family);
  });
}

const opened = (comment: string, to: Statement, { protocols, ports }: EgressRule, family: Family): NftRuleState[] =>
  protocols.map((protocol) => rule(comment, to, ...protocolMatches(protocol, ports, family), accept));

function protocolMatches(
  protocol: EgressRule['protocols'][number],
  ports: EgressRule['ports'],
  family: Family,
): Statement[] {
  if (protocol === 'icmp') return [match(family === 4 ? 'icmp type' : 'icmpv6 type', '==', 'echo-request')];
  if (ports === undefined) return [match('meta l4proto', '==', protocol)];
  return [match(`${protocol} dport`, '==', ports[0] === ports[1] ? ports[0] : { range: ports })];
}

/** What may go to the router itself: asking for its MAC address. What every kernel says unasked is not told of. */
const routerRules: readonly NftRuleState[] = [
  rule(
    'neighbour discovery',
    match('icmpv6 type', '==', { anyOf: ['nd-neighbor-solicit', 'nd-neighbor-advert'] }),
    accept,
  ),
  rule(
    'said by every kernel',
    match('icmpv6 type', '==', {
      anyOf: ['nd-router-solicit', 'mld-listener-report', 'mld-listener-done', 'mld2-listener-report'],
    }),
    drop,
  ),
  acceptEstablished,
  rule('everything else', refuse),
];

/** Programs are told at once; the kernel tells whoever listens (NFNLGRP_NFTRACE). */
const refusal: readonly NftRuleState[] = [
  rule('told of', { limit: TRACED }, { set: { key: 'meta nftrace', value: 1 } }),
  rule('refused', match('meta l4proto', '==', 'tcp'), { counter: {} }, { reject: { with: 'tcp reset' } }),
  rule('refused', { counter: {} }, { reject: { with: 'icmpx admin-prohibited' } }),
];

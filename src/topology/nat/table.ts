import { addressOf, ipToBigInt, ipToBytes, type Cidr, type Ip } from '../../addr/index.ts';
import type { ChainState, NftRuleState, Selector, SetState, Statement, TableState } from '../../state/index.ts';
import { accept, drop, match, oneOf, rule } from '../nft.ts';
import type { ModelNat } from './nat.ts';
import { TCP_TRANSITORY, type Mapping } from './policy.ts';
import { portChoices } from './port-choices.ts';

/*
 * A NAT in nftables. The kernel's own translation keeps a port for each connection; what RFC 4787 asks for is kept here,
 * for UDP and for TCP, in maps that the packets themselves fill, and let stay:
 *
 *   udp-out      inside endpoint (and whom it talks to, as the mapping depends on it) → outside port
 *   udp-in       outside port → inside endpoint
 *   udp-ports    the outside ports of udp-in: kernels before 6.7 look nothing up in a map but for what it has
 *   udp-peers    outside port and address that was sent to, where the filter asks for it
 *   udp-drawn    inside endpoints whose port was drawn by lot, until it is known to be nobody else's
 *
 * A connection's first packet is translated as udp-out says (chain `translate`). One that is not there yet is given its
 * own port, or one of a few computed of it, if udp-ports does not have it; or else one by lot. What port it came to is put
 * into the maps after that (chain `remember`), and by every later packet again. What comes from outside and belongs to no
 * connection is let in as udp-in and udp-peers say (chain `prerouting`), or dropped in silence.
 */

export const NAT_TABLE = 'netwright-nat';

/** Before those of others at nft's priorities dstnat and srcnat: who translates first has it. */
const DSTNAT = -101;
const SRCNAT = 99;
/** After sources have been translated. */
const AFTER_SRCNAT = 101;
/** Before and after connections are tracked: nft's `raw`, and the end. */
const RAW = -300;
const LAST = 300;

const PROTOCOLS = ['udp', 'tcp'] as const;
type Protocol = (typeof PROTOCOLS)[number];

/** How long a port drawn by lot may take to be found somebody else's, in seconds. */
const DRAWN = 1;

/**
 * The table of a NAT whose shared address is `address`. In the words that the kernel gives back, so that {@link readNat}
 * can tell whether it is this, and nothing else.
 */
export function natTable(nat: ModelNat, address: Ip): TableState {
  const { policy, oneToOne, prefixes } = nat;
  const table = new Rules(nat, address);
  return {
    family: 'inet',
    name: NAT_TABLE,
    chains: {
      prerouting: base('nat', 'prerouting', DSTNAT, table.prerouting()),
      postrouting: base('nat', 'postrouting', SRCNAT, table.postrouting()),
      translate: { rules: table.translate() },
      after: base('filter', 'postrouting', AFTER_SRCNAT, table.after()),
      remember: { rules: table.remember() },
      keep: { rules: table.keep() },
      input: base('filter', 'input', 0, table.input()),
      forward: base('filter', 'forward', 0, table.forward()),
      ...(prefixes.size > 0 && {
        'prefix-in': base('filter', 'prerouting', RAW, table.prefixIn()),
        'prefix-out': base('filter', 'postrouting', LAST, table.prefixOut()),
      }),
    },
    sets: {
      ...(oneToOne.size > 0 && {
        'outside-of': addressMap(oneToOne),
        'inside-of': addressMap(new Map([...oneToOne].map(([inside, outside]) => [outside, inside]))),
      }),
      ...setsOf('udp', nat, policy.udpTimeout),
      ...setsOf('tcp', nat, policy.tcpTimeout),
    },
  };
}

const base = (
  type: 'nat' | 'filter',
  hook: NonNullable<ChainState['base']>['hook'],
  priority: number,
  rules: readonly NftRuleState[],
): ChainState => ({ base: { type, hook, priority, policy: 'accept' }, rules });

const ENDPOINT = ['ipv4_addr', 'inet_service'] as const;
/** What a mapping depends on beside the inside endpoint, as types and as selectors. */
const DESTINATION: Readonly<Record<Mapping, readonly ('ipv4_addr' | 'inet_service')[]>> = {
  'endpoint-independent': [],
  'address-dependent': ['ipv4_addr'],
  'address-and-port-dependent': ['ipv4_addr', 'inet_service'],
};

function setsOf(protocol: Protocol, { policy }: ModelNat, timeout: number): Record<string, SetState> {
  const live = (key: readonly string[], value?: readonly string[], lifetime = timeout): SetState => ({
    key,
    ...(value !== undefined && { value }),
    flags: ['timeout', 'dynamic'],
    elements: [],
    timeout: lifetime,
  });
  const endpoint = [...ENDPOINT, ...DESTINATION[policy.mapping]];
  return {
    [`${protocol}-out`]: live(endpoint, ['inet_service']),
    [`${protocol}-in`]: live(['inet_service'], ENDPOINT),
    [`${protocol}-ports`]: live(['inet_service']),
    ...(policy.filtering === 'address' && { [`${protocol}-peers`]: live(['inet_service', 'ipv4_addr']) }),
    [`${protocol}-drawn`]: live(endpoint, undefined, DRAWN),
  };
}

const addressMap = (pairs: ReadonlyMap<Ip, Ip>): SetState => ({
  key: ['ipv4_addr'],
  value: ['ipv4_addr'],
  flags: [],
  elements: [...pairs]
    .toSorted(([a], [b]) => Number(ipToBigInt(a) - ipToBigInt(b)))
    .map(([key, value]) => ({ key: [key], value: [value] })),
});

const joined = (...parts: readonly string[]): Selector => parts.join(' . ') as Selector;
const isProtocol = (protocol: Protocol): Statement => match('meta l4proto', '==', protocol);
const isNew = match('ct state', 'in', 'new');
const isTranslated = match('ct status', 'in', 'dnat');
const ipv4 = match('meta nfproto', '==', 'ipv4');

class Rules {
  readonly #nat: ModelNat;
  readonly #address: Ip;
  readonly #fromInside: Statement;
  readonly #toInside: Statement;
  readonly #fromOutside: Statement;
  readonly #toOutside: Statement;
  readonly #toShared: Statement;

  constructor(nat: ModelNat, address: Ip) {
    this.#nat = nat;
    this.#address = address;
    const inside = oneOf(nat.inside.toSorted());
    this.#fromInside = match('iifname', '==', inside);
    this.#toInside = match('oifname', '==', inside);
    this.#fromOutside = match('iifname', '==', nat.outside);
    this.#toOutside = match('oifname', '==', nat.outside);
    this.#toShared = match('ip daddr', '==', address);
  }

  /** What is sent to an outside address: where it goes, if it is let in. */
  prerouting(): NftRuleState[] {
    const { policy, oneToOne } = this.#nat;
    const rules: NftRuleState[] = [];
    const toOwn: Statement = { dnat: { family: 'ip', address: { map: 'inside-of', by: 'ip daddr' } } };
    if (oneToOne.size > 0) rules.push(rule('one to one', this.#fromOutside, toOwn));
    if (oneToOne.size > 0 && policy.hairpin) rules.push(rule('one to one, from inside', this.#fromInside, toOwn));
    for (const protocol of PROTOCOLS) {
      const toMapped: Statement = {
        dnat: { family: 'ip', address: { map: `${protocol}-in`, by: `${protocol} dport` } },
      };
      const peers = match(joined(`${protocol} dport`, 'ip saddr'), '==', { set: `${protocol}-peers` });
      if (policy.filtering === 'endpoint-independent')
        rules.push(rule('anybody may send to a mapped port', this.#fromOutside, this.#toShared, toMapped));
      if (policy.filtering === 'address')
        rules.push(rule('addresses that were sent to may send', this.#fromOutside, this.#toShared, peers, toMapped));
      if (policy.hairpin) rules.push(rule('from inside to inside', this.#fromInside, this.#toShared, toMapped));
    }
    return rules;
  }

  /** Which packets have their source translated. */
  postrouting(): NftRuleState[] {
    const { policy } = this.#nat;
    return [
      rule('from inside to outside', ipv4, this.#fromInside, this.#toOutside, { goto: 'translate' }),
      ...(policy.hairpin
        ? [
            rule('from inside to an outside address of inside', ipv4, this.#fromInside, this.#toInside, isTranslated, {
              goto: 'translate',
            }),
          ]
        : []),
      ...(policy.ipv6 === 'masquerade'
        ? [rule('IPv6', match('meta nfproto', '==', 'ipv6'), this.#fromInside, this.#toOutside, this.#masquerade6())]
        : []),
    ];
  }

  /** Of several addresses the kernel would take the last added, whatever routes say. */
  #masquerade6(): Statement {
    const { address6 } = this.#nat;
    return address6 === undefined ? { masquerade: {} } : { snat: { family: 'ip6', address: address6 } };
  }

  /** The key of `out` and `drawn`: the inside endpoint as the packet has it, or as its connection had it. */
  #key(protocol: Protocol, endpoint: readonly [string, string]): Selector {
    const parts = { ipv4_addr: 'ip daddr', inet_service: `${protocol} dport` };
    return joined(...endpoint, ...DESTINATION[this.#nat.policy.mapping].map((type) => parts[type]));
  }

  /** The outside address and port of a connection from inside. */
  translate(): NftRuleState[] {
    const { policy, oneToOne } = this.#nat;
    const rules: NftRuleState[] = [];
    if (oneToOne.size > 0)
      rules.push(rule('one to one', { snat: { family: 'ip', address: { map: 'outside-of', by: 'ip saddr' } } }));
    const to = (more: Omit<Extract<Statement, { snat: unknown }>['snat'], 'family' | 'address'>): Statement => ({
      snat: { family: 'ip', address: this.#address, ...more },
    });
    for (const protocol of PROTOCOLS) {
      const is = isProtocol(protocol);
      const sport: Selector = `${protocol} sport`;
      const key = this.#key(protocol, ['ip saddr', sport]);
      const isFree = (port: Selector): Statement => match(port, '!=', { set: `${protocol}-ports` });
      const [low, high] = policy.ports;
      rules.push(rule('mapped already', is, ipv4, to({ ports: { map: `${protocol}-out`, by: key } })));
      if (policy.portPreserving)
        rules.push(
          rule(
            'its own port, if free',
            match(sport, '==', { range: [low, high] }),
            isFree(sport),
            to({ ports: { by: sport } }),
          ),
        );
      for (const { mask, xor } of portChoices(policy.ports, policy.parity)) {
        const port = `${sport} & ${mask} ^ ${xor}` as Selector;
        rules.push(rule('another one, if free', isFree(port), to({ ports: { by: port } })));
      }
      rules.push(
        rule(
          'one by lot',
          { element: { op: 'add', set: `${protocol}-drawn`, key } },
          to({ ports: low === high ? low : [low, high], fullyRandom: true }),
        ),
        // Whose lot cannot be noted has none, lest it get somebody else's port: whoever floods us fills that set.
        rule('too many draw', is, drop),
      );
    }
    rules.push(rule('what has no ports', to({})));
    return rules;
  }

  /** Packets of connections through the shared address, once they have been translated. */
  after(): NftRuleState[] {
    return [
      rule(
        'answers keep mappings, too',
        this.#fromOutside,
        this.#toInside,
        match('ct direction', '==', 'reply'),
        match('ct reply ip daddr', '==', this.#address),
        { goto: 'keep' },
      ),
      rule('mappings are remembered', this.#fromInside, match('ip saddr', '==', this.#address), { goto: 'remember' }),
    ];
  }

  remember(): NftRuleState[] {
    return PROTOCOLS.flatMap((protocol) => {
      const is = isProtocol(protocol);
      const key = this.#key(protocol, ['ct original ip saddr', 'ct original proto-src']);
      const sport: Selector = `${protocol} sport`;
      return [
        rule(
          "drawn, and somebody else's: draw again",
          ipv4,
          is,
          isNew,
          match(key, '==', { set: `${protocol}-drawn` }),
          match(sport, '==', { set: `${protocol}-ports` }),
          drop,
        ),
        rule('drawn', ipv4, is, isNew, { element: { op: 'delete', set: `${protocol}-drawn`, key } }),
        ...this.#lifetimes(protocol).flatMap(({ comment, when, timeout }) => [
          rule(
            comment,
            ipv4,
            is,
            match('ct direction', '==', 'original'),
            ...when,
            ...this.#updates(protocol, key, ['ct original ip saddr', 'ct original proto-src'], timeout),
          ),
          // What came from outside uninvited, and is answered.
          rule(
            comment,
            ipv4,
            is,
            match('ct direction', '==', 'reply'),
            ...when,
            ...this.#updates(protocol, this.#replyKey(), ['ct reply ip saddr', 'ct reply proto-src'], timeout),
          ),
        ]),
        rule('what cannot be remembered', ipv4, is, isNew, match(sport, '!=', { set: `${protocol}-ports` }), drop),
      ];
    });
  }

  /** As long as a connection from inside lives, its port is nobody else's. */
  keep(): NftRuleState[] {
    const inside = ['ct original ip saddr', 'ct original proto-src'] as const;
    const parts = { ipv4_addr: 'ct original ip daddr', inet_service: 'ct original proto-dst' };
    const key = joined(...inside, ...DESTINATION[this.#nat.policy.mapping].map((type) => parts[type]));
    return PROTOCOLS.flatMap((protocol) =>
      this.#lifetimes(protocol).map(({ when, timeout }) => {
        const more = timeout === undefined ? {} : { timeout };
        return rule(
          'mapped',
          isProtocol(protocol),
          ...when,
          { element: { op: 'update', set: `${protocol}-out`, key, value: 'ct reply proto-dst', ...more } },
          {
            element: {
              op: 'update',
              set: `${protocol}-in`,
              key: 'ct reply proto-dst',
              value: joined(...inside),
              ...more,
            },
          },
          { element: { op: 'update', set: `${protocol}-ports`, key: 'ct reply proto-dst', ...more } },
        );
      }),
    );
  }

  /** The key of `out` of an answer; none where it depends on whom the mapping was made for. */
  #replyKey(): Selector | undefined {
    return this.#nat.policy.mapping === 'endpoint-independent'
      ? joined('ct reply ip saddr', 'ct reply proto-src')
      : undefined;
  }

  #updates(
    protocol: Protocol,
    key: Selector | undefined,
    inside: readonly [string, string],
    timeout: number | undefined,
  ): Statement[] {
    const sport: Selector = `${protocol} sport`;
    const update = (set: string, of: Selector, value?: Selector): Statement => ({
      element: {
        op: 'update',
        set: `${protocol}-${set}`,
        key: of,
        ...(value !== undefined && { value }),
        ...(timeout !== undefined && { timeout }),
      },
    });
    return [
      ...(key === undefined ? [] : [update('out', key, sport)]),
      update('in', sport, joined(...inside)),
      update('ports', sport),
      ...(this.#nat.policy.filtering === 'address' ? [update('peers', joined(sport, 'ip daddr'))] : []),
    ];
  }

  /** How long a mapping stays after a packet: one of TCP as long as an established connection only while it is one. */
  #lifetimes(protocol: Protocol): readonly { comment: string; when: readonly Statement[]; timeout?: number }[] {
    if (protocol === 'udp' || this.#nat.policy.tcpTimeout <= TCP_TRANSITORY) return [{ comment: 'mapped', when: [] }];
    const lapse = `${TCP_TRANSITORY}s`;
    return [
      { comment: 'mapped, and established', when: [match('ct expiration', '>', lapse)] },
      { comment: 'mapped', when: [match('ct expiration', '<=', lapse)], timeout: TCP_TRANSITORY },
    ];
  }

  /** What is sent to the shared address and let in by nothing above. */
  input(): NftRuleState[] {
    return [
      rule('to a program of the node', this.#toShared, isNew, match('socket transparent', '==', 0), accept),
      // In silence: an answer would end what others try from their side (RFC 5382, REQ-4), and a connection that is
      // tracked would clash with one to the same endpoint.
      rule('uninvited', this.#toShared, match('meta l4proto', '==', { anyOf: ['tcp', 'udp'] }), isNew, drop),
    ];
  }

  forward(): NftRuleState[] {
    return [
      rule('translated', this.#fromOutside, this.#toInside, isTranslated, accept),
      rule('inside addresses are not reached from outside', ipv4, this.#fromOutside, this.#toInside, isNew, drop),
      rule(
        'what belongs to no connection is not translated',
        ipv4,
        this.#fromInside,
        this.#toOutside,
        match('ct state', 'in', 'invalid'),
        drop,
      ),
    ];
  }

  // RFC 6296: the first half of an address is replaced, and so is that of the address in the packet that an ICMPv6 error
  // is about. No checksum changes.

  prefixIn(): NftRuleState[] {
    const { policy, inside: sides, outside: side, prefixes } = this.#nat;
    const from = match('iifname', '==', oneOf(policy.hairpin ? [...sides, side].toSorted() : [side]));
    const marked: Statement[] = policy.hairpin ? [{ set: { key: 'meta mark', value: TURNED } }] : [];
    return [...prefixes].flatMap(([inside, outside]) => [
      rule('prefix', from, match('ip6 daddr', '==', outside), ...marked, write('@nh,192,64', inside)),
      rule(
        'prefix, in errors',
        from,
        isIcmpError,
        match('@th,128,64', '==', half(outside)),
        write('@th,128,64', inside),
      ),
    ]);
  }

  prefixOut(): NftRuleState[] {
    const { policy, prefixes } = this.#nat;
    // As RFC 6296 asks: who is inside is reached from inside as from outside, and sees addresses as from there.
    const ways = [[this.#toOutside], ...(policy.hairpin ? [[isTurned, this.#toInside]] : [])];
    return ways.flatMap((way) =>
      [...prefixes].flatMap(([inside, outside]) => [
        rule('prefix', ...way, match('ip6 saddr', '==', inside), write('@nh,64,64', outside)),
        rule(
          'prefix, in errors',
          ...way,
          isIcmpError,
          match('@th,256,64', '==', half(inside)),
          write('@th,256,64', outside),
        ),
      ]),
    );
  }
}

/** What packets that were sent to an outside prefix are marked with between two chains. */
const TURNED = 28_279;
const isTurned = match('meta mark', '==', TURNED);

const isIcmpError = match('icmpv6 type', '==', {
  anyOf: ['destination-unreachable', 'packet-too-big', 'time-exceeded', 'parameter-problem'],
});

/** The first 64 bits of a prefix. */
const half = (prefix: Cidr): string => `0x${Buffer.from(ipToBytes(addressOf(prefix)).subarray(0, 8)).toString('hex')}`;

const write = (to: Extract<Statement, { write: unknown }>['write']['to'], prefix: Cidr): Statement => ({
  write: { to, value: half(prefix) },
});

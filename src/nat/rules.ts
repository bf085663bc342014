import type { Ip } from '../addr/index.ts';
import { accept, drop, match, oneOf, rule, type NftRuleState, type Selector, type Statement } from '../state/index.ts';
import type { Nat } from './model.ts';
import { TCP_TRANSITORY } from './policy.ts';
import { portChoices } from './port-choices.ts';
import { DESTINATION, MAPPED_PROTOCOLS, type Protocol } from './sets.ts';

const joined = (...parts: readonly string[]): Selector => parts.join(' . ') as Selector;
const isProtocol = (protocol: Protocol): Statement => match('meta l4proto', '==', protocol);
const isNew = match('ct state', 'in', 'new');
const isTranslated = match('ct status', 'in', 'dnat');
const ipv4 = match('meta nfproto', '==', 'ipv4');

/** The rules of a NAT's chains, except those of NPTv6. */
export class Rules {
  readonly #nat: Nat;
  readonly #address: Ip;
  readonly #fromInside: Statement;
  readonly #toInside: Statement;
  readonly #fromOutside: Statement;
  readonly #toOutside: Statement;
  readonly #toShared: Statement;

  constructor(nat: Nat, address: Ip) {
    this.#nat = nat;
    this.#address = address;
    const inside = oneOf(nat.inside.toSorted());
    this.#fromInside = match('iifname', '==', inside);
    this.#toInside = match('oifname', '==', inside);
    this.#fromOutside = match('iifname', '==', nat.outside);
    this.#toOutside = match('oifname', '==', nat.outside);
    this.#toShared = match('ip daddr', '==', address);
  }

  /** Translates the destination of packets to an outside address, if the filter accepts them. */
  prerouting(): NftRuleState[] {
    const { policy, oneToOne } = this.#nat;
    const rules: NftRuleState[] = [];
    const toOwn: Statement = { dnat: { family: 'ip', address: { map: 'inside-of', by: 'ip daddr' } } };
    if (oneToOne.size > 0) rules.push(rule('one to one', this.#fromOutside, toOwn));
    if (oneToOne.size > 0 && policy.hairpin) rules.push(rule('one to one, from inside', this.#fromInside, toOwn));
    for (const protocol of MAPPED_PROTOCOLS) {
      const toMapped: Statement = {
        dnat: { family: 'ip', address: { map: `${protocol}-in`, by: `${protocol} dport` } },
      };
      const peers = match(joined(`${protocol} dport`, 'ip saddr'), '==', { set: `${protocol}-peers` });
      if (policy.filtering === 'endpoint-independent')
        rules.push(rule('any outside endpoint can send to a mapped port', this.#fromOutside, this.#toShared, toMapped));
      if (policy.filtering === 'address')
        rules.push(
          rule('addresses that packets were sent to can send', this.#fromOutside, this.#toShared, peers, toMapped),
        );
      if (policy.hairpin) rules.push(rule('from inside to inside', this.#fromInside, this.#toShared, toMapped));
    }
    return rules;
  }

  /** Selects the packets whose source is translated. */
  postrouting(): NftRuleState[] {
    const { policy } = this.#nat;
    return [
      rule('from inside to outside', ipv4, this.#fromInside, this.#toOutside, { goto: 'translate' }),
      ...(policy.hairpin
        ? [
            rule(
              'from inside to the outside address of an inside endpoint',
              ipv4,
              this.#fromInside,
              this.#toInside,
              isTranslated,
              {
                goto: 'translate',
              },
            ),
          ]
        : []),
      ...(policy.ipv6 === 'masquerade'
        ? [rule('IPv6', match('meta nfproto', '==', 'ipv6'), this.#fromInside, this.#toOutside, this.#masquerade6())]
        : []),
    ];
  }

  /**
   * With `masquerade`, the kernel uses the address that was added last, even if a route has another preferred source.
   */
  #masquerade6(): Statement {
    const { address6 } = this.#nat;
    return address6 === undefined ? { masquerade: {} } : { snat: { family: 'ip6', address: address6 } };
  }

  /**
   * The key in the sets `out` and `drawn`.
   * @param endpoint selectors of the inside endpoint: in the packet, or in conntrack
   */
  #key(protocol: Protocol, endpoint: readonly [string, string]): Selector {
    const parts = { ipv4_addr: 'ip daddr', inet_service: `${protocol} dport` };
    return joined(...endpoint, ...DESTINATION[this.#nat.policy.mapping].map((type) => parts[type]));
  }

  /** Chooses the outside address and port of a connection from inside. */
  translate(): NftRuleState[] {
    const { policy, oneToOne } = this.#nat;
    const rules: NftRuleState[] = [];
    if (oneToOne.size > 0)
      rules.push(rule('one to one', { snat: { family: 'ip', address: { map: 'outside-of', by: 'ip saddr' } } }));
    const snatTo = (more: Omit<Extract<Statement, { snat: unknown }>['snat'], 'family' | 'address'>): Statement => ({
      snat: { family: 'ip', address: this.#address, ...more },
    });
    for (const protocol of MAPPED_PROTOCOLS) {
      const hasProtocol = isProtocol(protocol);
      const sport: Selector = `${protocol} sport`;
      const key = this.#key(protocol, ['ip saddr', sport]);
      const isFree = (port: Selector): Statement => match(port, '!=', { set: `${protocol}-ports` });
      const [low, high] = policy.ports;
      rules.push(rule('mapped already', hasProtocol, ipv4, snatTo({ ports: { map: `${protocol}-out`, by: key } })));
      if (policy.portPreserving)
        rules.push(
          rule(
            'its own port, if free',
            match(sport, '==', { range: [low, high] }),
            isFree(sport),
            snatTo({ ports: { by: sport } }),
          ),
        );
      for (const { mask, xor } of portChoices(policy.ports, policy.parity)) {
        const port = `${sport} & ${mask} ^ ${xor}` as Selector;
        rules.push(rule('another port, if free', isFree(port), snatTo({ ports: { by: port } })));
      }
      rules.push(
        rule(
          'a random port',
          { element: { op: 'add', set: `${protocol}-drawn`, key } },
          snatTo({ ports: low === high ? low : [low, high], fullyRandom: true }),
        ),
        // Reached if the set is full, as during a flood: a random port that is not recorded could already be mapped.
        rule('too many random ports', hasProtocol, drop),
      );
    }
    rules.push(rule('protocols without ports', snatTo({})));
    return rules;
  }

  /** Updates the sets for packets of connections through the shared address, after their translation. */
  after(): NftRuleState[] {
    return [
      rule(
        'replies refresh mappings, too',
        this.#fromOutside,
        this.#toInside,
        match('ct direction', '==', 'reply'),
        match('ct reply ip daddr', '==', this.#address),
        { goto: 'keep' },
      ),
      rule('record mappings', this.#fromInside, match('ip saddr', '==', this.#address), { goto: 'remember' }),
    ];
  }

  /** Records the mapping of a packet from inside. */
  remember(): NftRuleState[] {
    return MAPPED_PROTOCOLS.flatMap((protocol) => {
      const hasProtocol = isProtocol(protocol);
      const key = this.#key(protocol, ['ct original ip saddr', 'ct original proto-src']);
      const sport: Selector = `${protocol} sport`;
      return [
        rule(
          'random port is mapped already: drop',
          ipv4,
          hasProtocol,
          isNew,
          match(key, '==', { set: `${protocol}-drawn` }),
          match(sport, '==', { set: `${protocol}-ports` }),
          drop,
        ),
        rule('random port is free', ipv4, hasProtocol, isNew, {
          element: { op: 'delete', set: `${protocol}-drawn`, key },
        }),
        ...this.#lifetimes(protocol).flatMap(({ comment, when, timeout }) => [
          rule(
            comment,
            ipv4,
            hasProtocol,
            match('ct direction', '==', 'original'),
            ...when,
            ...this.#updates(protocol, key, ['ct original ip saddr', 'ct original proto-src'], timeout),
          ),
          // A reply to a connection from outside.
          rule(
            comment,
            ipv4,
            hasProtocol,
            match('ct direction', '==', 'reply'),
            ...when,
            ...this.#updates(protocol, this.#replyKey(), ['ct reply ip saddr', 'ct reply proto-src'], timeout),
          ),
        ]),
        rule(
          'mapping could not be recorded',
          ipv4,
          hasProtocol,
          isNew,
          match(sport, '!=', { set: `${protocol}-ports` }),
          drop,
        ),
      ];
    });
  }

  /** Refreshes the mapping of a connection from inside, so that no other endpoint gets its port. */
  keep(): NftRuleState[] {
    const inside = ['ct original ip saddr', 'ct original proto-src'] as const;
    const parts = { ipv4_addr: 'ct original ip daddr', inet_service: 'ct original proto-dst' };
    const key = joined(...inside, ...DESTINATION[this.#nat.policy.mapping].map((type) => parts[type]));
    return MAPPED_PROTOCOLS.flatMap((protocol) =>
      this.#lifetimes(protocol).map(({ when, timeout }) => {
        const lifetime = timeout === undefined ? {} : { timeout };
        return rule(
          'mapped',
          isProtocol(protocol),
          ...when,
          { element: { op: 'update', set: `${protocol}-out`, key, value: 'ct reply proto-dst', ...lifetime } },
          {
            element: {
              op: 'update',
              set: `${protocol}-in`,
              key: 'ct reply proto-dst',
              value: joined(...inside),
              ...lifetime,
            },
          },
          { element: { op: 'update', set: `${protocol}-ports`, key: 'ct reply proto-dst', ...lifetime } },
        );
      }),
    );
  }

  /** The key in the set `out` for a reply; undefined if the mapping depends on the destination, too. */
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
    const update = (set: string, setKey: Selector, value?: Selector): Statement => ({
      element: {
        op: 'update',
        set: `${protocol}-${set}`,
        key: setKey,
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

  /** How long a mapping lasts after a packet. For TCP the long timeout applies only to established connections. */
  #lifetimes(protocol: Protocol): readonly { comment: string; when: readonly Statement[]; timeout?: number }[] {
    if (protocol === 'udp' || this.#nat.policy.tcpTimeout <= TCP_TRANSITORY) return [{ comment: 'mapped', when: [] }];
    const transitory = `${TCP_TRANSITORY}s`;
    return [
      { comment: 'mapped, and established', when: [match('ct expiration', '>', transitory)] },
      { comment: 'mapped', when: [match('ct expiration', '<=', transitory)], timeout: TCP_TRANSITORY },
    ];
  }

  /** Handles packets to the shared address that no rule has translated. */
  input(): NftRuleState[] {
    return [
      rule('to a program of the node', this.#toShared, isNew, match('socket transparent', '==', 0), accept),
      // Dropped without a reply, which would abort a simultaneous open (RFC 5382, REQ-4). A conntrack entry would clash
      // with a connection to the same endpoint.
      rule('unsolicited', this.#toShared, match('meta l4proto', '==', { anyOf: ['tcp', 'udp'] }), isNew, drop),
    ];
  }

  forward(): NftRuleState[] {
    return [
      rule('translated', this.#fromOutside, this.#toInside, isTranslated, accept),
      rule('no packets from outside to inside addresses', ipv4, this.#fromOutside, this.#toInside, isNew, drop),
      rule(
        'packets without a connection are not translated',
        ipv4,
        this.#fromInside,
        this.#toOutside,
        match('ct state', 'in', 'invalid'),
        drop,
      ),
    ];
  }
}

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

/** The rules of a NAT's chains, but for those of prefixes. */
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

  /** What is sent to an outside address: where it goes, if it is let in. */
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
    for (const protocol of MAPPED_PROTOCOLS) {
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
    return MAPPED_PROTOCOLS.flatMap((protocol) => {
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
    return MAPPED_PROTOCOLS.flatMap((protocol) =>
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
}

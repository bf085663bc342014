import * as v from 'valibot';
import { port, strict, text, type DeepReadonly } from '../../format/index.ts';
import { ICMP_TYPES } from './icmp.ts';
import { PORTLESS_PROTOCOLS } from './protocols.ts';
import { checkLogPrefix, parseLimit, parsePortRange } from './quantities.ts';

/** One value or a list of alternatives, which must not be empty. */
const oneOrMore = <S extends v.GenericSchema>(value: S, values: string) =>
  v.union([
    value,
    v.pipe(v.array(value), v.minLength(1, `an empty list matches nothing: name ${values}, or remove the key`)),
  ]);

const peers = oneOrMore(v.string(), 'networks, nodes or addresses');
const portRange = v.union([port, text(parsePortRange, 'A range of ports, such as 80-90')]);
const ports = v.pipe(
  v.union([v.literal(true), oneOrMore(portRange, 'ports')]),
  v.description('Ports; true matches every port'),
);

const log = v.union([v.boolean(), text(checkLogPrefix, 'The prefix of the log message')]);
const limit = text(parseLimit, 'A rate limit for packets of new connections: 10/second, 3/minute burst 20');

const MATCHES = {
  from: v.optional(
    v.pipe(peers, v.description('Sources: networks, nodes, addresses, prefixes, interfaces, `internet`')),
  ),
  to: v.optional(v.pipe(peers, v.description('Destinations, written like `from`'))),
  tcp: v.optional(ports),
  udp: v.optional(ports),
  sctp: v.optional(ports),
  icmp: v.optional(
    v.pipe(
      v.union([v.literal(true), oneOrMore(v.picklist(ICMP_TYPES), 'types')]),
      v.description('ICMP types of both families; true matches every type'),
    ),
  ),
  protocol: v.optional(
    v.pipe(oneOrMore(v.picklist(PORTLESS_PROTOCOLS), 'protocols'), v.description('Protocols without ports')),
  ),
  log: v.optional(v.pipe(log, v.description('Log packets that match'))),
};

const denial = strict(MATCHES);
const permission = v.union([
  v.picklist(['established', 'related']),
  strict({ ...MATCHES, limit: v.optional(v.pipe(limit, v.description('The rule only matches up to this rate'))) }),
]);
const oneOrList = <S extends v.GenericSchema>(value: S) => v.union([value, v.array(value)]);

const verdict = v.picklist(['allow', 'deny', 'reject']);
const CHAIN = {
  log: v.optional(v.pipe(log, v.description('Log packets that are denied'))),
  limit: v.optional(v.pipe(limit, v.description('Packets over this rate are denied before the rules'))),
};

const chainMap = strict({
  default: v.optional(v.pipe(verdict, v.description('The action for all other packets; deny when absent'))),
  deny: v.optional(v.pipe(v.array(denial), v.description('Dropped silently; evaluated before allow'))),
  reject: v.optional(v.pipe(v.array(denial), v.description('Rejected with an error; evaluated before allow'))),
  allow: v.optional(v.pipe(v.array(permission), v.description('Accepted'))),
  rules: v.optional(
    v.pipe(
      v.array(
        strict({
          allow: v.optional(oneOrList(permission)),
          deny: v.optional(oneOrList(denial)),
          reject: v.optional(oneOrList(denial)),
        }),
      ),
      v.description('Instead of deny, reject and allow: rules in this order; the first match decides'),
    ),
  ),
  ...CHAIN,
});

type ChainMap = v.InferOutput<typeof chainMap>;
type Lists = 'allow' | 'deny' | 'reject';
/** A default action, or a chain with either `rules` or the lists `deny`, `reject` and `allow`. */
const chain = v.union([
  verdict,
  chainMap as v.GenericSchema<
    unknown,
    | (Omit<ChainMap, Lists> & { readonly [L in Lists]?: undefined })
    | (Omit<ChainMap, 'rules'> & { readonly rules?: undefined })
  >,
]);

const policy = v.pipe(
  strict({
    input: v.optional(v.pipe(chain, v.description('Packets to the node itself'))),
    forward: v.optional(v.pipe(chain, v.description('Packets that the node forwards'))),
    output: v.optional(v.pipe(chain, v.description('Packets that the node itself sends'))),
    ...CHAIN,
  }),
  v.description('The connections that are allowed to, through and from the node; replies are always allowed'),
);

/** The criteria of a rule, as written. */
export type EntryInput = DeepReadonly<v.InferOutput<typeof denial>> & { readonly limit?: string | undefined };
export type ChainInput = DeepReadonly<v.InferOutput<typeof chain>>;
/** A node's firewall, with the same keys in TypeScript as in a file: docs/firewall.md describes all of them. */
export type FirewallInput = DeepReadonly<v.InferOutput<typeof policy>>;

/** The value of the key `firewall` of a node. The type is explicit, since TypeScript cannot emit it inline. */
export const firewallSchema: v.GenericSchema<unknown, FirewallInput> = policy;
export const firewallKey = v.optional(firewallSchema);

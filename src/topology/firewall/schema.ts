import * as v from 'valibot';
import { port, strict, text, type DeepReadonly } from '../../format/index.ts';
import { ICMP_TYPES } from './icmp.ts';
import { PORTLESS_PROTOCOLS } from './protocols.ts';
import { checkLogPrefix, parseLimit, parsePortRange } from './quantities.ts';

/** One or several: what matches one of them matches. */
const some = <S extends v.GenericSchema>(one: S, what: string) =>
  v.union([
    one,
    v.pipe(v.array(one), v.minLength(1, `an empty list matches nothing: name ${what}, or leave the key out`)),
  ]);

const peers = some(v.string(), 'networks, nodes or addresses');
const portRange = v.union([port, text(parsePortRange, 'A range of ports, such as 80-90')]);
const ports = v.pipe(v.union([v.literal(true), some(portRange, 'ports')]), v.description('Ports; true is every port'));

const log = v.union([v.boolean(), text(checkLogPrefix, "What a line of the kernel's log begins with")]);
const limit = text(parseLimit, 'At most so many packets that begin something: 10/second, 3/minute burst 20');

const WHAT = {
  from: v.optional(
    v.pipe(peers, v.description('Who sends: networks, nodes, addresses, prefixes, interfaces, `internet`')),
  ),
  to: v.optional(v.pipe(peers, v.description('Who is to receive, in the same words'))),
  tcp: v.optional(ports),
  udp: v.optional(ports),
  sctp: v.optional(ports),
  icmp: v.optional(
    v.pipe(
      v.union([v.literal(true), some(v.picklist(ICMP_TYPES), 'types')]),
      v.description('Types of ICMP, of both families; true is every type'),
    ),
  ),
  protocol: v.optional(
    v.pipe(some(v.picklist(PORTLESS_PROTOCOLS), 'protocols'), v.description('Protocols that have no ports')),
  ),
  log: v.optional(v.pipe(log, v.description('Write what it matches to the log'))),
};

const denial = strict(WHAT);
const permission = v.union([
  v.picklist(['established', 'related']),
  strict({ ...WHAT, limit: v.optional(v.pipe(limit, v.description('It matches up to this rate'))) }),
]);
const orSeveral = <S extends v.GenericSchema>(one: S) => v.union([one, v.array(one)]);

const verdict = v.picklist(['allow', 'deny', 'reject']);
const CHAIN = {
  log: v.optional(v.pipe(log, v.description('Write what is denied to the log'))),
  limit: v.optional(v.pipe(limit, v.description('What comes beyond this rate is denied, whatever the rules say'))),
};

const chainMap = strict({
  default: v.optional(v.pipe(verdict, v.description('What becomes of the rest; deny when absent'))),
  deny: v.optional(v.pipe(v.array(denial), v.description('Dropped without a word; comes before allow'))),
  reject: v.optional(v.pipe(v.array(denial), v.description('Refused with an answer; comes before allow'))),
  allow: v.optional(v.pipe(v.array(permission), v.description('Let through'))),
  rules: v.optional(
    v.pipe(
      v.array(
        strict({
          allow: v.optional(orSeveral(permission)),
          deny: v.optional(orSeveral(denial)),
          reject: v.optional(orSeveral(denial)),
        }),
      ),
      v.description('Instead of deny, reject and allow: in this order, and the first that matches decides'),
    ),
  ),
  ...CHAIN,
});

type ChainMap = v.InferOutput<typeof chainMap>;
type Lists = 'allow' | 'deny' | 'reject';
/** Rules in an order of their own, or lists of them. */
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
    input: v.optional(v.pipe(chain, v.description('What arrives for the node itself'))),
    forward: v.optional(v.pipe(chain, v.description('What the node passes on'))),
    output: v.optional(v.pipe(chain, v.description('What the node itself sends'))),
    ...CHAIN,
  }),
  v.description('Who may talk to the node, through it and from it; answers always may'),
);

/** What one rule matches, as it is written. */
export type EntryInput = DeepReadonly<v.InferOutput<typeof denial>> & { readonly limit?: string | undefined };
export type ChainInput = DeepReadonly<v.InferOutput<typeof chain>>;
/** A firewall as it is written, in TypeScript as in a file. Every key is in docs/firewall.md. */
export type FirewallInput = DeepReadonly<v.InferOutput<typeof policy>>;

/** The value of the key `firewall` of a node; its type is said, as that of a node is. */
export const firewallSchema: v.GenericSchema<unknown, FirewallInput> = policy;
export const firewallKey = v.optional(firewallSchema);

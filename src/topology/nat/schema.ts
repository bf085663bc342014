import * as v from 'valibot';
import { parseIp, parseNetwork } from '../../addr/index.ts';
import { duration, record, strict, text, type DeepReadonly } from '../../format/index.ts';
import { ENDPOINT_DEPENDENT, FILTERINGS, IPV6_MODES, MAPPINGS, parsePorts, PRESET_NAMES } from '../../nat/index.ts';

const oneOrMore = v.union([v.string(), v.array(v.string())]);
const flag = (description: string) => v.optional(v.pipe(v.boolean(), v.description(description)));

/** The long form of `nat`. The short form is the name of a preset. */
const longForm = strict(
  {
    preset: v.optional(
      v.pipe(v.picklist(PRESET_NAMES), v.description('The values of absent keys; `home` when absent')),
    ),
    mapping: v.optional(
      v.pipe(
        v.picklist([...MAPPINGS, ENDPOINT_DEPENDENT]),
        v.description('What the outside port of an inside endpoint depends on (RFC 4787, 4.1)'),
      ),
    ),
    filtering: v.optional(
      v.pipe(v.picklist(FILTERINGS), v.description('Which endpoints can send to a mapped port (RFC 4787, 5)')),
    ),
    hairpin: flag('Whether inside endpoints can reach each other through their outside addresses'),
    ports: v.optional(text(parsePorts, 'The range of outside ports for mappings, such as 1024-65535')),
    'port-preserving': flag('Whether the outside port is equal to the inside port if that is free'),
    parity: flag('Whether even ports are mapped to even ports, and odd to odd'),
    'udp-timeout': v.optional(duration),
    'tcp-timeout': v.optional(duration),
    inside: v.optional(
      v.pipe(oneOrMore, v.description('Networks or interfaces; those whose gateway the node is when absent')),
    ),
    outside: v.optional(
      v.pipe(v.string(), v.description('A network or an interface; that of the default route when absent')),
    ),
    'one-to-one': v.optional(
      v.pipe(
        record(text(parseIp, 'An inside address'), text(parseIp, 'An outside address')),
        v.description('Inside addresses that have an outside address of their own'),
      ),
    ),
    ipv6: v.optional(v.pipe(v.picklist(IPV6_MODES), v.description('The treatment of IPv6; `none` when absent'))),
    prefix: v.optional(
      v.pipe(
        record(text(parseNetwork, 'An inside prefix'), text(parseNetwork, 'An outside prefix')),
        v.description('Prefixes with stateless translation (NPTv6, RFC 6296)'),
      ),
    ),
  },
  ['nat64'],
);

const nat = v.pipe(
  v.union([v.picklist(PRESET_NAMES), longForm]),
  v.description('Address translation of forwarded packets: a preset or the long form'),
);

/** The key `nat` of a node. */
export const natKey = v.optional(nat);

export type NatInput = DeepReadonly<v.InferOutput<typeof nat>>;

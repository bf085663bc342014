import * as v from 'valibot';
import { checkHostName, record, text, type DeepReadonly } from '../../format/index.ts';

const hosts = v.pipe(
  record(text(checkHostName, 'A host name'), v.union([v.string(), v.array(v.string())])),
  v.description("Names besides the nodes' own: each for a node, an address, or several"),
);

/** The key `hosts` of a topology, and that of a node. */
export const hostsKey = v.optional(hosts);
export const ownHostsKey = v.optional(v.pipe(hosts, v.description('Names that this node alone knows')));

export type HostsInput = DeepReadonly<v.InferOutput<typeof hosts>>;

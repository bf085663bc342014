import * as v from 'valibot';
import { checkHostName, record, text, type DeepReadonly } from '../../format/index.ts';

const hosts = v.pipe(
  record(text(checkHostName, 'A host name'), v.union([v.string(), v.array(v.string())])),
  v.description('Additional host names, each with a node, an address, or a list of these'),
);

/** The key `hosts` of a topology and of a node. */
export const hostsKey = v.optional(hosts);
export const ownHostsKey = v.optional(v.pipe(hosts, v.description('Host names that only this node has')));

export type HostsInput = DeepReadonly<v.InferOutput<typeof hosts>>;

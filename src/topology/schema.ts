import * as v from 'valibot';
import {
  keyName,
  LAB_NAME_MAX,
  name,
  NETWORK_NAME_MAX,
  NODE_NAME_MAX,
  record,
  strict,
  type DeepReadonly,
} from '../format/index.ts';
import { egressKey } from './egress/index.ts';
import { expectKey } from './expect/index.ts';
import { firewallKey } from './firewall/index.ts';
import { forwardKey } from './forward/index.ts';
import { hostsKey, ownHostsKey } from './hosts/index.ts';
import { natKey } from './nat/index.ts';
import { publishKey } from './publish/index.ts';
import { routesKey } from './route/index.ts';
import { runKey } from './services/index.ts';
import { sysctlsKey } from './sysctl/index.ts';
import {
  attachmentsKey,
  gatewayKey,
  IMPAIRMENTS,
  linkSchema,
  mtuKey,
  networkInternetKey,
  nodeInternetKey,
  subnetKey,
} from './wiring/index.ts';

const network = strict(
  {
    subnet: subnetKey,
    gateway: gatewayKey,
    internet: networkInternetKey,
    egress: egressKey,
    mtu: mtuKey,
  },
  IMPAIRMENTS,
);

type Network = v.InferOutput<typeof network>;
/** The gateway is a node or, with `internet`, the bridge. `egress` is only allowed with `internet`. */
type Gateway =
  | { readonly gateway?: string | undefined; readonly internet?: false | undefined; readonly egress?: undefined }
  | { readonly gateway?: undefined; readonly internet: true; readonly egress?: Network['egress'] };
const networkSchema = network as v.GenericSchema<unknown, Omit<Network, 'gateway' | 'internet' | 'egress'> & Gateway>;

const node = strict({
  networks: attachmentsKey,
  forward: forwardKey,
  nat: natKey,
  internet: nodeInternetKey,
  publish: publishKey,
  routes: routesKey,
  sysctls: sysctlsKey,
  run: runKey,
  firewall: firewallKey,
  hosts: ownHostsKey,
});

/** A node as it is written. A named type, since TypeScript cannot emit it inline: it is nested too deeply. */
export interface NodeInput extends DeepReadonly<v.InferOutput<typeof node>> {}
const nodeSchema: v.GenericSchema<unknown, NodeInput> = node;

/** The file format. Checks the form of each value; the resolvers check references between values. */
export const topologySchema = strict({
  name: v.optional(v.pipe(name('lab', LAB_NAME_MAX), v.description("The lab's name; that of the file when absent"))),
  networks: v.optional(
    v.pipe(record(keyName('network', NETWORK_NAME_MAX), v.nullable(networkSchema)), v.description('Layer-2 segments')),
  ),
  nodes: v.optional(
    v.pipe(record(keyName('node', NODE_NAME_MAX), v.nullable(nodeSchema)), v.description('Network namespaces')),
  ),
  links: v.optional(v.pipe(v.array(linkSchema), v.description('Cables between two nodes'))),
  hosts: hostsKey,
  expect: expectKey,
});

/** A topology as it is written, in TypeScript as in a file. Every key is in docs/topology.md. */
export interface TopologyInput extends DeepReadonly<v.InferOutput<typeof topologySchema>> {}

/** A checked topology. */
export interface Topology extends TopologyInput {
  readonly name: string;
}

export type NetworkInput = NonNullable<NonNullable<TopologyInput['networks']>[string]>;
export type LinkInput = NonNullable<TopologyInput['links']>[number];

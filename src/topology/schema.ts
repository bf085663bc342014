import * as v from 'valibot';
import { parseCidr, parseIp, parseMac, parseNetwork } from '../addr/index.ts';
import { checkHostName } from './host-name.ts';
import {
  interfaceNameFault,
  LAB_NAME_MAX,
  NETWORK_NAME_MAX,
  NODE_NAME_MAX,
  FormatError,
  duration,
  integer,
  keyName,
  name,
  port,
  record,
  strict,
  text,
  type DeepReadonly,
  type OneOf,
} from '../format/index.ts';
import { firewallSchema } from './firewall/index.ts';
import { parseEgress } from './egress-text.ts';
import { parsePublication } from './publish-text.ts';
import { parseRoute } from './route-text.ts';
import { natSchema } from './nat/schema.ts';
import { runSchema } from './services/schema.ts';
import { checkSysctlName } from './sysctl-name.ts';

const IMPAIRMENTS = ['delay', 'jitter', 'loss', 'rate', 'duplicate', 'corrupt', 'reorder', 'limit', 'toward', 'preset'];

function checkInterfaceName(value: string): void {
  const fault = interfaceNameFault(value);
  if (fault !== undefined) throw new FormatError(fault);
}

const parseAddress = (value: string) => (value.includes('/') ? parseCidr(value) : parseIp(value));

const network = text(parseNetwork, 'A subnet, such as 10.20.0.0/24 or fd20::/64');
const subnet = v.pipe(
  v.union([network, v.array(network)]),
  v.description('One subnet, or one of each family. None makes a bare switch'),
);
const address = text(parseAddress, 'An address; with a prefix length where there is no subnet');
const addresses = v.union([address, v.array(address)]);
const mtu = integer('MTU', 68, 65535, 'Maximum transmission unit in bytes; 1500 when absent');

const networkMap = strict(
  {
    subnet: v.optional(subnet),
    gateway: v.optional(v.pipe(v.string(), v.description("The node that everyone else's default route points to"))),
    internet: v.optional(v.pipe(v.boolean(), v.description('The bridge itself is the gateway, out through the host'))),
    egress: v.optional(
      v.pipe(
        v.array(text(parseEgress, 'HOST[:PORT[-PORT]][/PROTOCOL], such as 10.0.0.0/8:5432/tcp')),
        v.description('The only destinations that a network with "internet" reaches; all when absent'),
      ),
    ),
    mtu: v.optional(mtu),
  },
  IMPAIRMENTS,
);

type Network = v.InferOutput<typeof networkMap>;
/** The gateway is a node or, with `internet`, the bridge; what may be reached outside is listed for the latter alone. */
type Gateway =
  | { readonly gateway?: string | undefined; readonly internet?: false | undefined; readonly egress?: undefined }
  | { readonly gateway?: undefined; readonly internet: true; readonly egress?: Network['egress'] };
const networkSchema = networkMap as v.GenericSchema<
  unknown,
  Omit<Network, 'gateway' | 'internet' | 'egress'> & Gateway
>;

const attachment = v.nullable(
  v.union([
    address,
    v.array(address),
    strict(
      {
        address: v.optional(addresses),
        mac: v.optional(text(parseMac, 'The MAC address; derived from the names when absent')),
        interface: v.optional(text(checkInterfaceName, "The interface's name; eth0, eth1 … when absent")),
      },
      IMPAIRMENTS,
    ),
  ]),
);

const hosts = v.pipe(
  record(text(checkHostName, 'A host name'), v.union([v.string(), v.array(v.string())])),
  v.description("Names besides the nodes' own: each for a node, an address, or several"),
);

const flowtable = v.pipe(
  v.boolean(),
  v.description('Whether packets of connections that the rules have let through pass the rules by'),
);

const node = strict({
  networks: v.optional(
    v.pipe(
      v.union([v.array(v.string()), record(v.string(), attachment)]),
      v.description('The networks the node is on: a list, or a map to addresses or settings'),
    ),
  ),
  forward: v.optional(
    v.pipe(
      v.union([v.boolean(), strict({ flowtable: v.optional(flowtable) })]),
      v.description('Whether the node routes packets of others, and how'),
    ),
  ),
  nat: v.optional(natSchema),
  internet: v.optional(v.pipe(v.boolean(), v.description('An uplink of its own through the host, masqueraded'))),
  publish: v.optional(
    v.pipe(
      v.array(text(parsePublication, '[ADDRESS:]HOSTPORT:NODEPORT[/PROTOCOL], such as 8080:80')),
      v.description("Ports of the host's that lead to the node"),
    ),
  ),
  routes: v.optional(v.array(text(parseRoute, 'A route as for `ip route`: 10.99.0.0/16 via 10.30.0.77'))),
  sysctls: v.optional(
    v.pipe(
      record(text(checkSysctlName, 'A name that begins with "net."'), v.union([v.string(), v.number()])),
      v.description('Kernel settings of the namespace'),
    ),
  ),
  run: v.optional(runSchema),
  firewall: v.optional(firewallSchema),
  hosts: v.optional(v.pipe(hosts, v.description('Names that this node alone knows'))),
});

/** A node as it is written. An interface with a name: declarations that say all of it where it is used are too deep to compile. */
export interface NodeInput extends DeepReadonly<v.InferOutput<typeof node>> {}
const nodeSchema: v.GenericSchema<unknown, NodeInput> = node;

const linkSchema = strict(
  {
    between: v.pipe(
      v.array(v.string()),
      v.length(2, ({ received }) => `a link has exactly two ends, not ${received}`),
      v.description('The two ends, each `node` or `node.interface`'),
    ),
    subnet: v.optional(subnet),
    addresses: v.optional(v.pipe(record(v.string(), addresses), v.description("Each end's address, by node"))),
    mtu: v.optional(mtu),
  },
  IMPAIRMENTS,
);

const expectation = strict({
  from: v.pipe(v.string(), v.description('A node')),
  to: v.pipe(v.string(), v.description('A node, an address, or `host`: the machine the lab runs on')),
  tcp: v.optional(port),
  udp: v.optional(port),
  icmp: v.optional(v.literal(true)),
  reachable: v.optional(v.pipe(v.boolean(), v.description('true when absent'))),
  rtt: v.optional(
    v.pipe(
      v.array(duration),
      v.length(2, 'an rtt is a list of the shortest and the longest round trip, such as [40ms, 60ms]'),
      v.description('The shortest and the longest round trip'),
    ),
  ),
});

type Expect = v.InferOutput<typeof expectation>;
type Protocol = 'tcp' | 'udp' | 'icmp';
/** What is tried is one thing: the schema takes several, so that a message can say so. */
export type ExpectInput = DeepReadonly<Omit<Expect, Protocol> & OneOf<Pick<Expect, Protocol>>>;
const expectSchema = expectation as v.GenericSchema<unknown, ExpectInput>;

/** The file format. Checks the form of each value; what they say of each other is checked where they are resolved. */
export const topologySchema = strict({
  name: v.optional(v.pipe(name('lab', LAB_NAME_MAX), v.description("The lab's name; the file's when absent"))),
  networks: v.optional(
    v.pipe(record(keyName('network', NETWORK_NAME_MAX), v.nullable(networkSchema)), v.description('Layer-2 segments')),
  ),
  nodes: v.optional(
    v.pipe(record(keyName('node', NODE_NAME_MAX), v.nullable(nodeSchema)), v.description('Network namespaces')),
  ),
  links: v.optional(v.pipe(v.array(linkSchema), v.description('Cables straight between two nodes'))),
  hosts: v.optional(hosts),
  expect: v.optional(
    v.pipe(v.array(expectSchema), v.description('What `netwright check` proves by sending real packets')),
  ),
});

/** A topology as it is written, in TypeScript as in a file. Every key is in docs/topology.md. */
export interface TopologyInput extends DeepReadonly<v.InferOutput<typeof topologySchema>> {}

/** A topology that has been checked: it compiles. */
export interface Topology extends TopologyInput {
  readonly name: string;
}

export type NetworkInput = NonNullable<NonNullable<TopologyInput['networks']>[string]>;
export type HostsInput = NonNullable<TopologyInput['hosts']>;
export type NatInput = NonNullable<NodeInput['nat']>;
export type LinkInput = NonNullable<TopologyInput['links']>[number];

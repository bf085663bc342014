import * as v from 'valibot';
import { parseCidr, parseIp, parseMac, parseNetwork } from '../addr/index.ts';
import { NetwrightError } from '../base/error.ts';
import { DIGITS, interfaceNameFault, LAB_NAME_MAX, NAME, NETWORK_NAME_MAX, NODE_NAME_MAX } from './names.ts';
import { FormatError } from './format-error.ts';
import { parseEgress } from './egress-text.ts';
import { parseRoute } from './route-text.ts';
import { describe } from './describe.ts';
import { checkSysctlName } from './sysctl-name.ts';
import { parseDuration } from './units.ts';

/** What the message of an unknown key carries, for whoever reports it: the issue itself does not know its schema. */
export interface KnownKeys {
  readonly keys: readonly string[];
  /** Keys of the format that this version does not build yet. */
  readonly later: readonly string[];
}

const IMPAIRMENTS = ['delay', 'jitter', 'loss', 'rate', 'duplicate', 'corrupt', 'reorder', 'limit', 'toward', 'preset'];

// valibot takes a list for an object.
const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const map = v.custom<unknown>(isMap);

function strict<const E extends v.ObjectEntries>(entries: E, later: readonly string[] = []) {
  const known: KnownKeys = { keys: Object.keys(entries), later };
  const message = JSON.stringify(known);
  return v.pipe(map, v.strictObject(entries, message));
}

const record = <K extends v.GenericSchema<string, string>, S extends v.GenericSchema>(key: K, value: S) =>
  v.pipe(map, v.record(key, value));

/** Text that a parser must accept; what it throws is the message. */
const text = (parse: (text: string) => unknown, description: string, otherwise?: v.ErrorMessage<v.StringIssue>) =>
  v.pipe(
    v.string(otherwise),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      try {
        parse(dataset.value);
      } catch (error) {
        if (!(error instanceof NetwrightError)) throw error;
        addIssue({ message: error.message });
      }
    }),
    v.description(description),
  );

const name = (what: string, max: number) =>
  v.pipe(
    v.string(),
    v.regex(
      NAME,
      ({ received }) =>
        `${received} is no name for a ${what}: use a-z, 0-9 and "-", beginning with a letter or a digit`,
    ),
    v.maxLength(
      max,
      ({ input }) => `the name "${input}" is ${input.length} characters long; a ${what}'s may have ${max}`,
    ),
  );

/** A name that is also a key, and so must not be of digits alone. */
const keyName = (what: string, max: number) =>
  v.pipe(
    name(what, max),
    v.check(
      (value) => !DIGITS.test(value),
      ({ input }) => `the name "${input}" needs a letter: digits alone are read as an address`,
    ),
  );

function checkInterfaceName(value: string): void {
  const fault = interfaceNameFault(value);
  if (fault !== undefined) throw new FormatError(fault);
}

const parseAddress = (value: string) => (value.includes('/') ? parseCidr(value) : parseIp(value));

const integer = (what: string, min: number, max: number, description: string) => {
  const message = ({ received }: { received: string }) =>
    `${what} is a whole number from ${min} to ${max}, not ${received}`;
  return v.pipe(
    v.number(),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
    v.description(description),
  );
};

const network = text(parseNetwork, 'A subnet, such as 10.20.0.0/24 or fd20::/64');
const subnet = v.pipe(
  v.union([network, v.array(network)]),
  v.description('One subnet, or one of each family. None makes a bare switch'),
);
const address = text(parseAddress, 'An address; with a prefix length where there is no subnet');
const addresses = v.union([address, v.array(address)]);
const mtu = integer('an MTU', 68, 65535, 'Maximum transmission unit in bytes; 1500 when absent');
const port = integer('a port', 1, 65535, 'A port number');

const networkSchema = strict(
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

const nodeSchema = strict(
  {
    networks: v.optional(
      v.pipe(
        v.union([v.array(v.string()), record(v.string(), attachment)]),
        v.description('The networks the node is on: a list, or a map to addresses or settings'),
      ),
    ),
    forward: v.optional(v.pipe(v.boolean(), v.description('Whether the node routes packets of others'))),
    internet: v.optional(v.pipe(v.boolean(), v.description('An uplink of its own through the host, masqueraded'))),
    routes: v.optional(v.array(text(parseRoute, 'A route as for `ip route`: 10.99.0.0/16 via 10.30.0.77'))),
    sysctls: v.optional(
      v.pipe(
        record(text(checkSysctlName, 'A name that begins with "net."'), v.union([v.string(), v.number()])),
        v.description('Kernel settings of the namespace'),
      ),
    ),
  },
  ['firewall', 'nat', 'publish', 'run'],
);

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

const duration = text(
  parseDuration,
  'A duration, such as 20ms',
  ({ input }) => `${describe(input)} is not a duration: write it with a unit, us, ms, s, m or h, such as 20ms`,
);

const expectSchema = strict({
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
  expect: v.optional(
    v.pipe(v.array(expectSchema), v.description('What `netwright check` proves by sending real packets')),
  ),
});

type DeepReadonly<T> = T extends readonly (infer I)[]
  ? readonly DeepReadonly<I>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** A topology as it is written, in TypeScript as in a file. */
export interface TopologyInput extends DeepReadonly<v.InferOutput<typeof topologySchema>> {}

/** A topology that has been checked: it compiles. */
export interface Topology extends TopologyInput {
  readonly name: string;
}

export type NetworkInput = NonNullable<NonNullable<TopologyInput['networks']>[string]>;
export type NodeInput = NonNullable<NonNullable<TopologyInput['nodes']>[string]>;
export type LinkInput = NonNullable<TopologyInput['links']>[number];
export type ExpectInput = NonNullable<TopologyInput['expect']>[number];

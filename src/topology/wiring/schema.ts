import * as v from 'valibot';
import { parseCidr, parseIp, parseMac, parseNetwork } from '../../addr/index.ts';
import {
  FormatError,
  integer,
  interfaceNameFault,
  record,
  strict,
  text,
  type DeepReadonly,
} from '../../format/index.ts';

/** Keys of later versions: impairments such as delay and loss. */
export const IMPAIRMENTS = [
  'delay',
  'jitter',
  'loss',
  'rate',
  'duplicate',
  'corrupt',
  'reorder',
  'limit',
  'toward',
  'preset',
];

function checkInterfaceName(value: string): void {
  const fault = interfaceNameFault(value);
  if (fault !== undefined) throw new FormatError(fault);
}

const parseAddress = (value: string) => (value.includes('/') ? parseCidr(value) : parseIp(value));

const network = text(parseNetwork, 'A subnet, such as 10.20.0.0/24 or fd20::/64');
const subnet = v.pipe(
  v.union([network, v.array(network)]),
  v.description('One subnet, or one of each family; a switch without a subnet when absent'),
);
const address = text(parseAddress, 'An address; with a prefix length if there is no subnet');
const addresses = v.union([address, v.array(address)]);
const mtu = integer('MTU', 68, 65535, 'Maximum transmission unit in bytes; 1500 when absent');

/** The keys `subnet` and `gateway` of a network. */
export const subnetKey = v.optional(subnet);
export const gatewayKey = v.optional(
  v.pipe(v.string(), v.description("The node that is the next hop of the other nodes' default routes")),
);
/** The keys `internet` and `mtu` of a network. */
export const networkInternetKey = v.optional(
  v.pipe(v.boolean(), v.description('Internet access through the host; the bridge is the gateway')),
);
export const mtuKey = v.optional(mtu);

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

/** The key `networks` of a node. */
const attachments = v.pipe(
  v.union([v.array(v.string()), record(v.string(), attachment)]),
  v.description('The networks that the node is on: a list, or a map to addresses or settings'),
);
export const attachmentsKey = v.optional(attachments);

/** The key `internet` of a node. */
export const nodeInternetKey = v.optional(
  v.pipe(v.boolean(), v.description('Internet access through an uplink of its own to the host, masqueraded')),
);

/** An element of the key `links`. */
export const linkSchema = strict(
  {
    between: v.pipe(
      v.array(v.string()),
      v.length(2, ({ received }) => `a link has exactly two ends, not ${received}`),
      v.description('The two ends, each `node` or `node.interface`'),
    ),
    subnet: subnetKey,
    addresses: v.optional(v.pipe(record(v.string(), addresses), v.description("Each end's address, by node"))),
    mtu: mtuKey,
  },
  IMPAIRMENTS,
);

export type AttachmentsInput = DeepReadonly<v.InferOutput<typeof attachments>>;
export type LinkInput = DeepReadonly<v.InferOutput<typeof linkSchema>>;

/** The parts of a topology that this folder uses, as written. */
export interface WiringInput {
  readonly networks?: Readonly<Record<string, NetworkInput | null>> | undefined;
  readonly nodes?: Readonly<Record<string, NodeInput | null>> | undefined;
  readonly links?: readonly LinkInput[] | undefined;
}

export interface NetworkInput {
  readonly subnet?: string | readonly string[] | undefined;
  readonly gateway?: string | undefined;
  readonly internet?: boolean | undefined;
  readonly mtu?: number | undefined;
}

export interface NodeInput {
  readonly networks?: AttachmentsInput | undefined;
  readonly internet?: boolean | undefined;
  readonly forward?: boolean | object | undefined;
  /** Any value makes the node forward. */
  readonly nat?: unknown;
  /** Any value gives the node an uplink. */
  readonly publish?: unknown;
}

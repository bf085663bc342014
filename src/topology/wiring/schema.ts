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

/** Keys of later versions: what delays and loses packets. */
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
  v.description('One subnet, or one of each family. None makes a bare switch'),
);
const address = text(parseAddress, 'An address; with a prefix length where there is no subnet');
const addresses = v.union([address, v.array(address)]);
const mtu = integer('MTU', 68, 65535, 'Maximum transmission unit in bytes; 1500 when absent');

/** The keys `subnet` and `gateway` of a network. */
export const subnetKey = v.optional(subnet);
export const gatewayKey = v.optional(
  v.pipe(v.string(), v.description("The node that everyone else's default route points to")),
);
/** The keys `internet` and `mtu` of a network. */
export const networkInternetKey = v.optional(
  v.pipe(v.boolean(), v.description('The bridge itself is the gateway, out through the host')),
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
  v.description('The networks the node is on: a list, or a map to addresses or settings'),
);
export const attachmentsKey = v.optional(attachments);

/** The key `internet` of a node. */
export const nodeInternetKey = v.optional(
  v.pipe(v.boolean(), v.description('An uplink of its own through the host, masqueraded')),
);

/** One of the key `links`. */
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

/** What is read of a topology here, as it is written. */
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
  /** That there is one makes the node forward. */
  readonly nat?: unknown;
  /** That there is one gives the node an uplink. */
  readonly publish?: unknown;
}

import {
  addressBits,
  cidr,
  familyOf,
  overlaps,
  parseCidr,
  prefixLength,
  type Cidr,
  type Ip,
} from '../../addr/index.ts';

interface Special {
  readonly network: Cidr;
  readonly what: string;
  /** Packets to it take no route, whatever there is. */
  readonly unrouted?: true;
  /** A subnet may hold it: it is that one's broadcast address. */
  readonly broadcast?: true;
}

/**
 * Addresses that no host can have, as RFC 6890 and the kernel say. Reserved ones (240.0.0.0/4) are none of these: Linux
 * takes them like any other.
 */
const SPECIAL: readonly Special[] = [
  { network: parseCidr('0.0.0.0/8'), what: '"this network" (RFC 1122)' },
  { network: parseCidr('127.0.0.0/8'), what: 'the loopback (RFC 1122)', unrouted: true },
  { network: parseCidr('224.0.0.0/4'), what: 'multicast (RFC 5771)' },
  { network: parseCidr('255.255.255.255/32'), what: 'everybody on the link (RFC 919)', broadcast: true },
  { network: parseCidr('::/128'), what: 'no address (RFC 4291)', unrouted: true },
  { network: parseCidr('::1/128'), what: 'the loopback (RFC 4291)', unrouted: true },
  { network: parseCidr('::ffff:0:0/96'), what: 'IPv4 in sockets of IPv6 (RFC 4291)', unrouted: true },
  { network: parseCidr('fe80::/10'), what: 'link-local, which interfaces have by themselves (RFC 4291)' },
  { network: parseCidr('ff00::/8'), what: 'multicast (RFC 4291)' },
];

const told = (found: Special | undefined): string | undefined => found && `${found.network} is ${found.what}`;

/** Why hosts cannot have the addresses of a subnet; undefined when they can. */
export const subnetFault = (subnet: Cidr): string | undefined =>
  told(SPECIAL.find(({ network, broadcast }) => broadcast !== true && overlaps(network, subnet)));

/** Why no host can have an address; undefined when one can. */
export const addressFault = (ip: Ip): string | undefined =>
  told(SPECIAL.find(({ network }) => overlaps(network, cidr(ip, addressBits(familyOf(ip))))));

/** Why no packet ever takes a route to a destination; undefined when some may. */
export const destinationFault = (destination: Cidr): string | undefined =>
  told(
    SPECIAL.find(
      ({ network, unrouted }) =>
        unrouted === true && prefixLength(destination) >= prefixLength(network) && overlaps(network, destination),
    ),
  );

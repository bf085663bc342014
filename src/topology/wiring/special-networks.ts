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
  readonly name: string;
  /** Whether the kernel routes no packets to it, even if there is a route. */
  readonly unrouted?: true;
  /** Whether a subnet can contain it, as its broadcast address. */
  readonly broadcast?: true;
}

/**
 * Addresses that no host can have, according to RFC 6890 and the kernel. Without the reserved ones (240.0.0.0/4), which
 * Linux accepts like any other address.
 */
const SPECIAL: readonly Special[] = [
  { network: parseCidr('0.0.0.0/8'), name: '"this network" (RFC 1122)' },
  { network: parseCidr('127.0.0.0/8'), name: 'the loopback (RFC 1122)', unrouted: true },
  { network: parseCidr('224.0.0.0/4'), name: 'multicast (RFC 5771)' },
  { network: parseCidr('255.255.255.255/32'), name: 'limited broadcast (RFC 919)', broadcast: true },
  { network: parseCidr('::/128'), name: 'the unspecified address (RFC 4291)', unrouted: true },
  { network: parseCidr('::1/128'), name: 'the loopback (RFC 4291)', unrouted: true },
  { network: parseCidr('::ffff:0:0/96'), name: 'IPv4-mapped (RFC 4291)', unrouted: true },
  { network: parseCidr('fe80::/10'), name: 'link-local, assigned automatically (RFC 4291)' },
  { network: parseCidr('ff00::/8'), name: 'multicast (RFC 4291)' },
];

const faultOf = (special: Special | undefined): string | undefined =>
  special && `${special.network} is ${special.name}`;

/** Why hosts cannot have addresses of a subnet; undefined if they can. */
export const subnetFault = (subnet: Cidr): string | undefined =>
  faultOf(SPECIAL.find(({ network, broadcast }) => broadcast !== true && overlaps(network, subnet)));

/** Why no host can have an address; undefined if one can. */
export const addressFault = (ip: Ip): string | undefined =>
  faultOf(SPECIAL.find(({ network }) => overlaps(network, cidr(ip, addressBits(familyOf(ip))))));

/** Why the kernel ignores routes to a destination; undefined if it uses them. */
export const destinationFault = (destination: Cidr): string | undefined =>
  faultOf(
    SPECIAL.find(
      ({ network, unrouted }) =>
        unrouted === true && prefixLength(destination) >= prefixLength(network) && overlaps(network, destination),
    ),
  );

import { contains, type Cidr, type Ip } from '../addr/index.ts';

/** Addresses that are not globally reachable: IANA's special-purpose registries, RFC 6890. */
const SPECIAL = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as Cidr[];

/** True if a public name must not resolve to this address. */
export const isSpecial = (address: Ip): boolean => SPECIAL.some((network) => contains(network, address));

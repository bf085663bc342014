import { domainToASCII } from 'node:url';
import {
  addressBits,
  addressOf,
  cidr,
  familyOf,
  isIp,
  parseIp,
  parseNetwork,
  prefixLength,
  type Cidr,
} from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import { FormatError, HOST_NAME_MAX, PORT_MAX, readPortRange } from '../../format/index.ts';

export type EgressProtocol = 'tcp' | 'udp' | 'icmp';

/** One allowed destination. */
export interface EgressRule {
  /** A prefix; for a single address /32 or /128. Absent if the destination is a name. */
  readonly network?: Cidr;
  /** A host name in lower case. `*.example.com` matches all names below example.com, but not example.com itself. */
  readonly name?: string;
  readonly protocols: readonly EgressProtocol[];
  /** The first and the last port; every port when absent. */
  readonly ports?: readonly [number, number];
}

/** The protocols of a destination without port and protocol. */
export const EGRESS_PROTOCOLS: readonly EgressProtocol[] = ['tcp', 'udp', 'icmp'];
/** A label of a host name (RFC 1123), or one with underscores, which are also in use. */
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/**
 * Parses `HOST[:PORT[-PORT]][/PROTOCOL]`, where HOST is a name, `*.NAME`, an address or a prefix. IPv6 with a port
 * needs brackets. The default protocol is tcp with a port; without one it is tcp and udp on every port, and ICMP echo.
 * @throws FormatError or AddressError
 */
export function parseEgress(text: string): EgressRule {
  if (text.includes('://'))
    throw new FormatError(`"${text}" is a URL: write its host and port, such as registry.example:443`);
  const { host, port, protocol } = split(text);
  if (protocol !== undefined && !EGRESS_PROTOCOLS.some((known) => known === protocol))
    throw new FormatError(
      `"${text}" has a protocol that is not ${EGRESS_PROTOCOLS.join(', ')}${didYouMean(protocol, EGRESS_PROTOCOLS)}`,
    );
  const ports = port === undefined ? undefined : parsePorts(port, text);
  if (ports !== undefined && protocol === 'icmp') throw new FormatError(`"${text}" has a port, but icmp has no ports`);
  return {
    ...parseHost(host, text),
    protocols:
      protocol === undefined ? (ports === undefined ? EGRESS_PROTOCOLS : ['tcp']) : [protocol as EgressProtocol],
    ...(ports === undefined ? {} : { ports }),
  };
}

/** Digits after `ADDRESS/` are a prefix length, since no protocol is a number. */
const BRACKETED = /^\[([^\]]+)\](?::([^/]*))?(?:\/(.*))?$/;
const IPV6 = /^([^/]+(?:\/[0-9]+)?)(?:\/(.*))?$/;
const OTHER = /^([^:/]+(?:\/[0-9]+)?)(?::([^/]*))?(?:\/(.*))?$/;

function split(text: string): { host: string; port?: string | undefined; protocol?: string | undefined } {
  const ipv6 = !text.startsWith('[') && text.split(':').length > 2 ? IPV6.exec(text) : null;
  if (ipv6 !== null) return { host: ipv6[1]!, protocol: ipv6[2] };
  const match = BRACKETED.exec(text) ?? OTHER.exec(text);
  if (match === null)
    throw new FormatError(
      `invalid destination "${text}": expected one such as registry.example:443 or 10.0.0.0/8:5432/tcp`,
    );
  return { host: match[1]!, port: match[2], protocol: match[3] };
}

function parsePorts(port: string, text: string): readonly [number, number] {
  const range = readPortRange(port);
  if (range === undefined)
    throw new FormatError(`invalid port in "${text}": expected 1 to ${PORT_MAX}, or a range such as 80-90`);
  return [range.first, range.last];
}

function parseHost(host: string, text: string): Pick<EgressRule, 'network' | 'name'> {
  if (host.includes('/')) return { network: parseNetwork(host) };
  if (isIp(host)) {
    const ip = parseIp(host);
    return { network: cidr(ip, addressBits(familyOf(ip))) };
  }
  const wildcard = host.startsWith('*.');
  const plain = (wildcard ? host.slice(2) : host).replace(/\.$/, '');
  const name = domainToASCII(plain).toLowerCase();
  const labels = name.split('.');
  // A name whose last label is a number is an old notation of an IPv4 address, or a mistake.
  if (
    name === '' ||
    name.length > HOST_NAME_MAX ||
    !labels.every((label) => LABEL.test(label)) ||
    /^\d+$/.test(labels.at(-1)!)
  )
    throw new FormatError(`invalid host in "${text}": "${host}" is neither a name nor an address`);
  if (!wildcard && name === 'localhost')
    throw new FormatError(`"${text}" is the sandbox itself; use --forward-host PORT for a service on this machine`);
  return { name: wildcard ? `*.${name}` : name };
}

/** The canonical text of a rule, which {@link parseEgress} parses. */
export function formatEgress({ network, name, protocols, ports }: EgressRule): string {
  const single = network !== undefined && prefixLength(network) === addressBits(familyOf(network));
  const host = name ?? (single ? addressOf(network) : network!);
  const port = ports === undefined ? '' : `:${ports[0]}${ports[1] === ports[0] ? '' : `-${ports[1]}`}`;
  const isDefault = ports === undefined ? protocols.length > 1 : protocols[0] === 'tcp';
  const protocol = isDefault ? '' : `/${protocols[0]!}`;
  return `${port !== '' && host.includes(':') ? `[${host}]` : host}${port}${protocol}`;
}

import { parsePublication } from '../../topology/index.ts';

/**
 * Describes a published port of a topology: `port 8080 of the host → port 80`. Also states ranges, protocols other than
 * TCP, and the address if it is published at one alone.
 */
export function publishedInWords(text: string): string {
  const { protocol, family, address, hostPort, nodePort, count } = parsePublication(text);
  const ports = (first: number): string => (count === 1 ? `port ${first}` : `ports ${first}-${first + count - 1}`);
  const version = family === undefined || address !== undefined ? '' : ` over IPv${family}`;
  const host = address === undefined ? ' of the host' : ` of the host at ${address}`;
  return `${ports(hostPort)}${protocol === 'tcp' ? '' : `/${protocol}`}${host}${version} → ${ports(nodePort)}`;
}

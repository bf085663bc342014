import { parsePublication } from '../../topology/index.ts';

/**
 * A published port as a topology has it, in words: `port 8080 of the host → port 80`; ranges, protocols besides TCP and
 * the one address that it is published at are told as well.
 */
export function publishedInWords(text: string): string {
  const { protocol, family, address, hostPort, nodePort, count } = parsePublication(text);
  const ports = (first: number): string => (count === 1 ? `port ${first}` : `ports ${first}-${first + count - 1}`);
  const version = family === undefined || address !== undefined ? '' : ` over IPv${family}`;
  const where = address === undefined ? ' of the host' : ` of the host at ${address}`;
  return `${ports(hostPort)}${protocol === 'tcp' ? '' : `/${protocol}`}${where}${version} → ${ports(nodePort)}`;
}

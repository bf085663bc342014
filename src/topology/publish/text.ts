import { familyOf, parseIp, type Family, type Ip } from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import { FormatError, PORT_MAX } from '../../format/index.ts';

/** The protocols with ports that a topology supports. */
export const PORT_PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
export type PortProtocol = (typeof PORT_PROTOCOLS)[number];

/** A range of the host's ports that is forwarded to a range of a node's ports of the same size. */
export interface Publication {
  readonly protocol: PortProtocol;
  /** Absent for both families. */
  readonly family?: Family;
  /** The host's address that the ports are published at; every address when absent. */
  readonly address?: Ip;
  /** The first port on the host and on the node. */
  readonly hostPort: number;
  readonly nodePort: number;
  readonly count: number;
}

const FORM = /^(?:(\[[^\]]*\]|[^:[\]]+):)?(\d+)(?:-(\d+))?:(\d+)(?:-(\d+))?(?:\/([a-z]+))?$/i;

/**
 * Parses `8080:80`, `127.0.0.1:5353:53/udp`, `3000-3010:3000-3010`, `[::1]:8080:80/sctp`. `0.0.0.0` and `[::]` mean
 * every address of their family.
 * @throws FormatError
 */
export function parsePublication(text: string): Publication {
  const [, written, from, to = from, nodeFrom, nodeTo = nodeFrom, word = 'tcp'] = FORM.exec(text) ?? [];
  if (from === undefined || nodeFrom === undefined)
    throw new FormatError(
      `invalid published port "${text}": expected [ADDRESS:]HOSTPORT:NODEPORT[/PROTOCOL], such as 8080:80, 127.0.0.1:5353:53/udp or [::1]:3000-3010:3000-3010`,
    );
  const protocol = PORT_PROTOCOLS.find((known) => known === word.toLowerCase());
  if (protocol === undefined)
    throw new FormatError(
      `invalid protocol "${word}": expected tcp, udp or sctp${didYouMean(word, [...PORT_PROTOCOLS])}`,
    );
  const [hostPort, last, nodePort, nodeLast] = [from, to!, nodeFrom, nodeTo!].map((digits) => portOf(text, digits));
  const count = last! - hostPort! + 1;
  if (count < 1 || nodeLast! < nodePort!) throw new FormatError(`descending range in "${text}"`);
  if (nodeLast! - nodePort! + 1 !== count)
    throw new FormatError(`"${text}" maps ${count} host ports to ${nodeLast! - nodePort! + 1} node ports`);
  return { protocol, ...placeOf(text, written), hostPort: hostPort!, nodePort: nodePort!, count };
}

function portOf(text: string, digits: string): number {
  const port = Number(digits);
  if (port < 1 || port > PORT_MAX)
    throw new FormatError(`"${text}": ${digits} is no port, which is from 1 to ${PORT_MAX}`);
  return port;
}

function placeOf(text: string, written: string | undefined): Pick<Publication, 'family' | 'address'> {
  if (written === undefined) return {};
  const bare = written.replace(/^\[(.*)\]$/, '$1');
  const address = parseIp(bare);
  const family = familyOf(address);
  if (family === 4 && bare !== written) throw new FormatError(`"${text}": brackets are for IPv6 addresses`);
  return address === EVERY[family] ? { family } : { family, address };
}

const EVERY: Readonly<Record<Family, string>> = { 4: '0.0.0.0', 6: '::' };

/** The canonical text of a publication, which {@link parsePublication} parses. */
export function publicationText({ protocol, family, address, hostPort, nodePort, count }: Publication): string {
  const where = family === undefined ? undefined : (address ?? EVERY[family]);
  const range = (first: number): string => (count === 1 ? String(first) : `${first}-${first + count - 1}`);
  const place = where === undefined ? '' : family === 6 ? `[${where}]:` : `${where}:`;
  return `${place}${range(hostPort)}:${range(nodePort)}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}

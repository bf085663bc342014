import type { ServiceState } from '../../state/index.ts';
import { FormatError, PORT_MAX, type PortRange } from '../../format/index.ts';

/** Ports that a service may listen on. */
export interface ServicePorts extends PortRange {
  readonly protocol: 'tcp' | 'udp';
}

const FORM = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/;

/** Reads `80`, `53/udp`, `3000-3010/tcp`; TCP when no protocol is named. @throws FormatError */
export function parseServicePorts(text: string): ServicePorts {
  const [, from, to = from, protocol = 'tcp'] = FORM.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === undefined || first < 1 || last > PORT_MAX)
    throw new FormatError(`"${text}" is no port of a service: write PORT[-PORT][/tcp or /udp], such as 53/udp`);
  if (last < first) throw new FormatError(`"${text}" has a range that ends before it begins`);
  return { protocol: protocol as ServicePorts['protocol'], first, last };
}

/**
 * The ports that a service may listen on: those that it names, or `any` where it names none. What runs once listens on
 * none.
 * @param named as written
 */
export function portsOf(
  named: number | string | readonly (number | string)[] | undefined,
  { ready }: Pick<ServiceState, 'ready'>,
): readonly ServicePorts[] | 'any' {
  if (named === undefined) return ready?.kind === 'exit' ? [] : 'any';
  const ports = [named].flat().map((one) => parseServicePorts(String(one)));
  if (ready?.kind !== 'tcp' && ready?.kind !== 'http') return ports;
  return [...ports, { protocol: 'tcp', first: ready.port, last: ready.port }];
}

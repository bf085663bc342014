import type { ServiceState } from '../../state/index.ts';
import { FormatError, PORT_MAX, type PortRange } from '../../format/index.ts';

/** A range of ports that a service can listen on. */
export interface ServicePorts extends PortRange {
  readonly protocol: 'tcp' | 'udp';
}

const FORM = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/;

/** Parses `80`, `53/udp`, `3000-3010/tcp`; the default protocol is TCP. @throws FormatError */
export function parseServicePorts(text: string): ServicePorts {
  const [, from, to = from, protocol = 'tcp'] = FORM.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === undefined || first < 1 || last > PORT_MAX)
    throw new FormatError(`invalid service port "${text}": expected PORT[-PORT][/tcp or /udp], such as 53/udp`);
  if (last < first) throw new FormatError(`descending range in "${text}"`);
  return { protocol: protocol as ServicePorts['protocol'], first, last };
}

/**
 * The ports that a service can listen on: those in `ports`, or `any` without that key. A service that is ready when it
 * has ended listens on none.
 * @param written the value of `ports`
 */
export function portsOf(
  written: number | string | readonly (number | string)[] | undefined,
  { ready }: Pick<ServiceState, 'ready'>,
): readonly ServicePorts[] | 'any' {
  if (written === undefined) return ready?.kind === 'exit' ? [] : 'any';
  const ports = [written].flat().map((value) => parseServicePorts(String(value)));
  if (ready?.kind !== 'tcp' && ready?.kind !== 'http') return ports;
  return [...ports, { protocol: 'tcp', first: ready.port, last: ready.port }];
}

import { oneLine } from '../../base/index.ts';
import type { Denial, DeniedName } from '../../sandbox/index.ts';

/** `denied npm (pid 123) → tcp 192.0.2.4:443 (evil.example)`. */
export function describeDenial(denial: Denial): string {
  const source = denial.process === undefined ? '' : ` ${oneLine(denial.process)} (pid ${denial.pid})`;
  return `denied${source} → ${oneLine(destinationOf(denial))}`;
}

const REASONS: Readonly<Record<DeniedName['reason'], (type: string, addresses: string) => string>> = {
  'not allowed': () => '',
  'record type': (type) => `, its ${type} record`,
  'private address': (_, addresses) => `, because it resolves to ${addresses}; to permit it, allow this address`,
  'too many names': () => ': too many different names',
};

function destinationOf(denial: Denial): string {
  if (denial.kind === 'packet') {
    const { protocol, address, port, name } = denial;
    const host = port !== undefined && address.includes(':') ? `[${address}]` : address;
    return `${protocol} ${host}${port === undefined ? '' : `:${port}`}${name === undefined ? '' : ` (${name})`}`;
  }
  const { name, type, reason, addresses = [] } = denial;
  return `name ${name === '' ? '.' : name}${REASONS[reason](type, addresses.join(', '))}`;
}

/** A key that is equal for denials that read the same, apart from the process ID. */
export function denialKey(denial: Denial): string {
  return `${denial.process} ${destinationOf(denial)}`;
}

/** A denial as a line of the report. */
export const denialData = ({ time, ...denial }: Denial): Record<string, unknown> => ({
  time: time.toISOString(),
  ...denial,
});

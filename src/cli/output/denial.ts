import { oneLine } from '../../base/index.ts';
import type { Denial, DeniedName } from '../../sandbox/index.ts';

/** `denied npm (pid 123) → tcp 192.0.2.4:443 (evil.example)`. */
export function describeDenial(denial: Denial): string {
  const who = denial.process === undefined ? '' : ` ${oneLine(denial.process)} (pid ${denial.pid})`;
  return `denied${who} → ${oneLine(what(denial))}`;
}

const REASONS: Readonly<Record<DeniedName['reason'], (type: string, addresses: string) => string>> = {
  'not allowed': () => '',
  'record type': (type) => `, its ${type} record`,
  'private address': (_, addresses) => `, because it resolves to ${addresses}; to permit it, allow this address`,
  'too many names': () => ': too many different names',
};

function what(denial: Denial): string {
  if (denial.kind === 'packet') {
    const { protocol, address, port, name } = denial;
    const host = port !== undefined && address.includes(':') ? `[${address}]` : address;
    return `${protocol} ${host}${port === undefined ? '' : `:${port}`}${name === undefined ? '' : ` (${name})`}`;
  }
  const { name, type, reason, addresses = [] } = denial;
  const shown = name === '' ? '.' : name;
  return `name ${shown}${REASONS[reason](type, addresses.join(', '))}`;
}

/** What is the same to whoever reads it, however many processes try it. */
export function denialKey(denial: Denial): string {
  return `${denial.process} ${what(denial)}`;
}

/** For the report. */
export const denialData = ({ time, ...denial }: Denial): Record<string, unknown> => ({
  time: time.toISOString(),
  ...denial,
});

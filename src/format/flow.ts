import { parse } from 'yaml';

/**
 * Formats a value in YAML's flow style (YAML 1.2, 7.4): `{ from: lan, tcp: [22, 80-90] }`. The result is one line
 * without double quotes, since an nft comment cannot contain them.
 */
export function formatFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatFlow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
    return pairs.length === 0 ? '{}' : `{ ${pairs.map(([key, item]) => `${key}: ${formatFlow(item)}`).join(', ')} }`;
  }
  return typeof value === 'string' ? scalar(value) : String(value);
}

/** Text that needs no quotes in YAML: names, addresses and prefixes, port ranges, limits. */
const PLAIN: readonly RegExp[] = [
  /^(?!(?:true|false|null)$)[a-z][a-z0-9_@.-]*$/,
  /^[0-9]+(?:\.[0-9]+){3}(?:\/[0-9]+)?$/,
  /^[0-9a-f]+(?::[0-9a-f]*)*:[0-9a-f]*(?:[0-9a-f]|\/[0-9]+)$/,
  /^[0-9]+-[0-9]+$/,
  /^[0-9]+\/[a-z]+(?: burst [0-9]+)?$/,
];

const scalar = (text: string): string =>
  PLAIN.some((pattern) => pattern.test(text)) ? text : `'${text.replaceAll("'", "''")}'`;

/** Parses the result of {@link formatFlow}; undefined if the text is not YAML. */
export function parseFlow(text: string): unknown {
  try {
    return parse(text, { version: '1.2' });
  } catch {
    return undefined;
  }
}

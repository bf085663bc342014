import { parse } from 'yaml';

/**
 * A value in YAML's flow style (YAML 1.2, 7.4), on one line and without a double quote, which a comment in nft's language could not hold:
 * `{ from: lan, tcp: [22, 80-90] }`.
 */
export function formatFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatFlow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).filter(([, one]) => one !== undefined);
    return pairs.length === 0 ? '{}' : `{ ${pairs.map(([key, one]) => `${key}: ${formatFlow(one)}`).join(', ')} }`;
  }
  return typeof value === 'string' ? scalar(value) : String(value);
}

/** What YAML reads as the same text when it stands alone: names, addresses and prefixes, ranges of ports, limits. */
const PLAIN: readonly RegExp[] = [
  /^(?!(?:true|false|null)$)[a-z][a-z0-9_@.-]*$/,
  /^[0-9]+(?:\.[0-9]+){3}(?:\/[0-9]+)?$/,
  /^[0-9a-f]+(?::[0-9a-f]*)*:[0-9a-f]*(?:[0-9a-f]|\/[0-9]+)$/,
  /^[0-9]+-[0-9]+$/,
  /^[0-9]+\/[a-z]+(?: burst [0-9]+)?$/,
];

const scalar = (text: string): string =>
  PLAIN.some((form) => form.test(text)) ? text : `'${text.replaceAll("'", "''")}'`;

/** What {@link formatFlow} has written; undefined when the text is not YAML. */
export function parseFlow(text: string): unknown {
  try {
    return parse(text, { version: '1.2' });
  } catch {
    return undefined;
  }
}

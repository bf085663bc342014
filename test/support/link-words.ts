import { readFileSync } from 'node:fs';
import { ALL_KINDS, type AnyOptions, type Option, type Options } from '../../src/kinds/index.ts';

/*
 * What `ip -j -d link` says of a link's options, by the description of its kind: which word it uses for each. None of
 * Netwright's own readers is used.
 */

/** The part of a link's JSON that has its options, or those it has as a port. */
type Data = Readonly<Record<string, unknown>>;

/** The options that a kind of link has by what ip says of one; none for a kind that there is no description of. */
export function seenOptions(kind: string, data: Data = {}): AnyOptions {
  const options = ALL_KINDS.find(({ name }) => name === kind)?.options;
  return options === undefined ? {} : seen(options, data);
}

/** What a port has of options by what ip says of it, by the kind of its master. */
export function seenPortOptions(master: string, data: Data = {}): AnyOptions {
  const options = ALL_KINDS.find(({ name }) => name === master)?.port?.options;
  return options === undefined ? {} : seen(options, data);
}

function seen(options: Options, data: Data): AnyOptions {
  const found: Record<string, string | number | boolean> = {};
  for (const [name, option] of Object.entries(options)) {
    const value = valueOf(option, data);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function valueOf({ values, shown, initial }: Option, data: Data): string | number | boolean | undefined {
  const word = typeof shown === 'string' ? shown : shown[0];
  // Of IPv6 there is another word for each address.
  const value = data[word] ?? data[`${word}6`];
  switch (values.type) {
    case 'integer':
      return value === undefined ? (initial as number | undefined) : numberOf(word, value);
    case 'switch':
      return typeof shown === 'string'
        ? value === true || value === 1 || value === 'on'
        : Array.isArray(value) && value.includes(shown[1]);
    case 'choice':
      return values.of.find(
        (one) =>
          value === one || (Array.isArray(value) && value.includes(one)) || (value === undefined && data[one] === true),
      );
    case 'address':
      return value as string | undefined;
  }
}

/** Users and groups are told by their names. */
const FILES: Readonly<Record<string, string>> = { user: '/etc/passwd', group: '/etc/group' };

function numberOf(word: string, value: unknown): number {
  const number = Number(value);
  if (!Number.isNaN(number)) return number;
  const line = readFileSync(FILES[word] ?? '/dev/null', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${String(value)}:`));
  return Number(line?.split(':')[2]);
}

import { isIp, parseIp, type Ip } from '../addr/index.ts';

/** The settings of a resolv.conf(5) file, with the C library's limits and defaults. */
export interface ResolvConf {
  /** At max three. 127.0.0.1 if the file has none. Addresses with a zone, such as link-local ones, are left out. */
  readonly nameservers: readonly Ip[];
  /** The domains that complete a name. */
  readonly search: readonly string[];
  /** A name with at min this many dots is tried as it is before the domains are. */
  readonly ndots: number;
  /** Milliseconds that a server has to answer. */
  readonly timeout: number;
  /** How often each server is queried. */
  readonly attempts: number;
  /** Query over TCP only (`use-vc`). */
  readonly tcp: boolean;
}

const NAMESERVERS_MAX = 3;
const LOOPBACK = parseIp('127.0.0.1');

interface Line {
  readonly keyword: string;
  readonly values: readonly string[];
  /** The line without leading and trailing blanks. */
  readonly text: string;
}

/** The lines of a resolv.conf(5) file. A comment or an empty line has a keyword that no setting has. */
const linesOf = (text: string): Line[] =>
  text.split('\n').map((line) => {
    const trimmed = line.trim();
    const [keyword = '', ...values] = trimmed.split(/\s+/);
    return { keyword, values, text: trimmed };
  });

/** Parses a resolv.conf(5) file as the C library does. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: Ip[] = [];
  let search: readonly string[] = [];
  let ndots = 1;
  let timeout = 5;
  let attempts = 2;
  let tcp = false;
  for (const { keyword, values } of linesOf(text)) {
    if (keyword === 'nameserver' && values[0] !== undefined && isIp(values[0]) && nameservers.length < NAMESERVERS_MAX)
      nameservers.push(parseIp(values[0]));
    else if (keyword === 'search') search = values;
    else if (keyword === 'domain') search = values.slice(0, 1);
    else if (keyword === 'options') {
      for (const option of values) {
        ndots = numericOption(option, 'ndots', 0, 15) ?? ndots;
        timeout = numericOption(option, 'timeout', 1, 30) ?? timeout;
        attempts = numericOption(option, 'attempts', 1, 5) ?? attempts;
        if (option === 'use-vc') tcp = true;
      }
    }
  }
  return {
    nameservers: nameservers.length === 0 ? [LOOPBACK] : nameservers,
    search: search.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== ''),
    ndots,
    timeout: timeout * 1000,
    attempts,
    tcp,
  };
}

/** The parts of a resolv.conf(5) file as they are written, for making another file from them. */
export interface WrittenResolvConf {
  /** All of them, also those that the C library ignores. */
  readonly nameservers: readonly string[];
  /** The lines `search`, `domain` and `options`. */
  readonly settings: readonly string[];
}

const SETTINGS = new Set(['search', 'domain', 'options']);

export function readWrittenResolvConf(text: string): WrittenResolvConf {
  const lines = linesOf(text);
  return {
    nameservers: lines.flatMap(({ keyword, values: [address] }) =>
      keyword === 'nameserver' && address !== undefined ? [address] : [],
    ),
    settings: lines.flatMap((line) => (SETTINGS.has(line.keyword) && line.values.length > 0 ? [line.text] : [])),
  };
}

/** Replaces all name servers in the text of a resolv.conf(5) file with one. */
export const withNameserver = (text: string, address: Ip): string =>
  [
    ...linesOf(text).flatMap((line) => (line.keyword === 'nameserver' || line.text === '' ? [] : [line.text])),
    `nameserver ${address}`,
    '',
  ].join('\n');

/** The value of an option such as `ndots:2`, limited to the range from `min` to `max`. */
function numericOption(option: string, name: string, min: number, max: number): number | undefined {
  const value = new RegExp(`^${name}:(\\d+)$`).exec(option)?.[1];
  return value === undefined ? undefined : Math.min(Math.max(Number(value), min), max);
}

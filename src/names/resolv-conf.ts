import { isIp, parseIp, type Ip } from '../addr/index.ts';

/** What a resolv.conf(5) file says, with the C library's limits and defaults. */
export interface ResolvConf {
  /** Three at most; the loopback address when the file names none. Those with a zone, as link-local ones have, are left out. */
  readonly nameservers: readonly Ip[];
  /** Domains to be tried after a name that is not complete. */
  readonly search: readonly string[];
  /** How many dots make a name one to be asked as it is, first. */
  readonly ndots: number;
  /** How long a server has for its answer, in milliseconds. */
  readonly timeout: number;
  /** How often each server is asked. */
  readonly attempts: number;
  /** Ask by TCP alone. */
  readonly tcp: boolean;
}

const NAMESERVERS_MAX = 3;
const LOOPBACK = parseIp('127.0.0.1');

interface Line {
  readonly keyword: string;
  readonly values: readonly string[];
  /** Without what is blank around it. */
  readonly text: string;
}

/** The lines of a resolv.conf(5) file; of a comment or an empty line the keyword is none of the file's. */
const linesOf = (text: string): Line[] =>
  text.split('\n').map((line) => {
    const trimmed = line.trim();
    const [keyword = '', ...values] = trimmed.split(/\s+/);
    return { keyword, values, text: trimmed };
  });

/** What a resolv.conf(5) file says to the C library. */
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
        ndots = numbered(option, 'ndots', 0, 15) ?? ndots;
        timeout = numbered(option, 'timeout', 1, 30) ?? timeout;
        attempts = numbered(option, 'attempts', 1, 5) ?? attempts;
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

/** What a resolv.conf(5) file says, as it is written there: for who makes another one of it. */
export interface WrittenResolvConf {
  /** All of them, whatever they are. */
  readonly nameservers: readonly string[];
  /** The lines that say how to ask. */
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

/** The text of a resolv.conf(5) file with one name server in the place of those that it has. */
export const withNameserver = (text: string, address: Ip): string =>
  [
    ...linesOf(text).flatMap((line) => (line.keyword === 'nameserver' || line.text === '' ? [] : [line.text])),
    `nameserver ${address}`,
    '',
  ].join('\n');

/** The value of an option such as `ndots:2`, as far as it may go. */
function numbered(option: string, name: string, least: number, most: number): number | undefined {
  const value = new RegExp(`^${name}:(\\d+)$`).exec(option)?.[1];
  return value === undefined ? undefined : Math.min(Math.max(Number(value), least), most);
}

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

export function parseResolvConf(text: string): ResolvConf {
  const nameservers: Ip[] = [];
  let search: readonly string[] = [];
  let ndots = 1;
  let timeout = 5;
  let attempts = 2;
  let tcp = false;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
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

/** The value of an option such as `ndots:2`, as far as it may go. */
function numbered(option: string, name: string, least: number, most: number): number | undefined {
  const value = new RegExp(`^${name}:(\\d+)$`).exec(option)?.[1];
  return value === undefined ? undefined : Math.min(Math.max(Number(value), least), most);
}

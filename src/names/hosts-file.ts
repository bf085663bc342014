import { isIp, parseIp, type Ip } from '../addr/index.ts';

/** The entries of a hosts(5) file. */
export interface HostsFile {
  /** By name in lower case, in the order of the file. */
  readonly addresses: ReadonlyMap<string, readonly Ip[]>;
  /** The first name of each address. */
  readonly names: ReadonlyMap<string, string>;
}

/** Parses a hosts(5) file. Invalid lines are ignored, as the C library does. */
export function parseHosts(text: string): HostsFile {
  const addresses = new Map<string, Ip[]>();
  const names = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [address, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || !isIp(address)) continue;
    const ip = parseIp(address);
    for (const alias of aliases) {
      if (!names.has(ip)) names.set(ip, alias);
      const name = alias.toLowerCase();
      const known = addresses.get(name);
      if (known === undefined) addresses.set(name, [ip]);
      else if (!known.includes(ip)) known.push(ip);
    }
  }
  return { addresses, names };
}

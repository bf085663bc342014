import { isIp, parseIp, type Ip } from '../addr/index.ts';

/** What a hosts(5) file says. */
export interface HostsFile {
  /** By name in lower case, in the file's order. */
  readonly addresses: ReadonlyMap<string, readonly Ip[]>;
  /** The first name that each address has. */
  readonly names: ReadonlyMap<string, string>;
}

/** Reads a hosts file. Lines that make no sense are passed over, as the C library does. */
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

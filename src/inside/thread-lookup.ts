import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { callbackify, promisify } from 'node:util';
import { familyOf, isIp, parseIp } from '../addr/index.ts';
import { NameError, type Resolver } from '../names/index.ts';

/** Not imported: see bootstrap.ts. */
const dns = process.getBuiltinModule('node:dns');

type Callback = (error: Error | null, result?: string | LookupAddress[], more?: number | string) => void;

/**
 * Makes `dns.lookup`, `dns.lookupService` and their promise versions use a resolver in this thread. Node's own run on
 * the threads of libuv's pool, which all threads of the process share, and which are not in this thread's namespace.
 * `net`, `dgram`, `http` and `fetch` use these functions to connect by name.
 */
export function lookUpWith(resolver: Resolver): void {
  const original = dns.lookup;
  // Node's own resolver, for `dns.resolve` and others, has read the resolv.conf of the previous namespace.
  dns.setServers(resolver.nameservers);

  const find = async (hostname: string, options: LookupOptions): Promise<LookupAddress[]> => {
    const { hints = 0 } = options;
    const family = numberOf(options.family);
    const requested = family === 0 ? {} : { family };
    try {
      return inOrder(pairs(await resolver.lookup(hostname, requested)), options);
    } catch (error) {
      const mapped = family === 6 && (hints & dns.V4MAPPED) !== 0 && error instanceof NameError;
      if (!mapped) throw error;
      const addresses = await resolver.lookup(hostname, { family: 4 });
      return addresses.map((address) => ({ address: `::ffff:${address}`, family: 6 }));
    }
  };

  const promised = async (hostname: string, options: LookupOptions | number = {}): Promise<unknown> => {
    const requested = normalised(options);
    if (!hostname) return requested.all === true ? [] : { address: null, family: numberOf(requested.family) || 4 };
    if (isIP(hostname) !== 0) return original.__promisify__(hostname, requested);
    const addresses = await find(hostname, requested);
    return requested.all === true ? addresses : addresses[0];
  };

  const lookup = (hostname: string, ...rest: unknown[]): void => {
    const callback = rest.at(-1) as Callback;
    const options = rest.length > 1 ? (rest[0] as LookupOptions | number | null) : {};
    // Node reports wrong arguments itself, and handles addresses without a lookup.
    if (typeof callback !== 'function' || typeof hostname !== 'string' || hostname === '' || isIP(hostname) !== 0) {
      (original as (...args: unknown[]) => void)(hostname, ...rest);
      return;
    }
    const requested = normalised(options);
    callbackify(find)(hostname, requested, (error, addresses) => {
      if (error !== null) callback(error);
      else if (requested.all === true) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };

  const findService = async (address: string, port: number): Promise<{ hostname: string; service: string }> => {
    const hostname = isIp(address) ? resolver.nameOf(parseIp(address)) : undefined;
    if (hostname === undefined) throw new NameError('ENOTFOUND', address, 'the hosts file has no name for it');
    return { hostname, service: String(port) };
  };

  const lookupService = (address: string, port: number, callback: Callback): void => {
    callbackify(findService)(address, port, (error, result) => {
      if (error !== null) callback(error);
      else callback(null, result.hostname, result.service);
    });
  };

  Object.assign(dns, {
    lookup: Object.assign(lookup, { [promisify.custom]: promised }),
    lookupService: Object.assign(lookupService, { [promisify.custom]: findService }),
  });
  Object.assign(dns.promises, { lookup: promised, lookupService: findService });
}

const normalised = (options: LookupOptions | number | null): LookupOptions =>
  typeof options === 'number' ? { family: options } : (options ?? {});

const numberOf = (family: LookupOptions['family']): 0 | 4 | 6 => {
  if (family === 4 || family === 'IPv4') return 4;
  return family === 6 || family === 'IPv6' ? 6 : 0;
};

const pairs = (addresses: readonly string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: familyOf(address) }));

/** Sorts by family according to `order`, or `verbatim` in older programs. */
function inOrder(addresses: LookupAddress[], options: LookupOptions): LookupAddress[] {
  const { verbatim, order = verbatim === false ? 'ipv4first' : dns.getDefaultResultOrder() } = options;
  if (order === 'verbatim') return addresses;
  const first = order === 'ipv4first' ? 4 : 6;
  return [...addresses.filter(({ family }) => family === first), ...addresses.filter(({ family }) => family !== first)];
}

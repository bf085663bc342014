import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { callbackify, promisify } from 'node:util';
import { familyOf, isIp, parseIp } from '../addr/index.ts';
import { NameError, type Resolver } from '../names/index.ts';

/** Not imported: see bootstrap.ts. */
const dns = process.getBuiltinModule('node:dns');

type Callback = (error: Error | null, found?: string | LookupAddress[], more?: number | string) => void;

/**
 * Has `dns.lookup`, `dns.lookupService` and their promises ask a resolver in this thread. Node's own ask on threads of
 * libuv's pool, which all threads of the process share, and which are not where this one is. Whatever connects by name
 * comes through here: `net`, `dgram`, `http`, `fetch`.
 */
export function lookUpWith(resolver: Resolver): void {
  const original = dns.lookup;
  // Node's own resolver, of `dns.resolve` and the like, has read the file of where the thread was before.
  dns.setServers(resolver.nameservers);

  const find = async (hostname: string, options: LookupOptions): Promise<LookupAddress[]> => {
    const { hints = 0 } = options;
    const family = numberOf(options.family);
    const wanted = family === 0 ? {} : { family };
    try {
      return inOrder(pairs(await resolver.lookup(hostname, wanted)), options);
    } catch (error) {
      const mapped = family === 6 && (hints & dns.V4MAPPED) !== 0 && error instanceof NameError;
      if (!mapped) throw error;
      const found = await resolver.lookup(hostname, { family: 4 });
      return found.map((address) => ({ address: `::ffff:${address}`, family: 6 }));
    }
  };

  const promised = async (hostname: string, options: LookupOptions | number = {}): Promise<unknown> => {
    const wanted = normalised(options);
    if (!hostname) return wanted.all === true ? [] : { address: null, family: numberOf(wanted.family) || 4 };
    if (isIP(hostname) !== 0) return original.__promisify__(hostname, wanted);
    const found = await find(hostname, wanted);
    return wanted.all === true ? found : found[0];
  };

  const lookup = (hostname: string, ...rest: unknown[]): void => {
    const callback = rest.at(-1) as Callback;
    const options = rest.length > 1 ? (rest[0] as LookupOptions | number | null) : {};
    // Node says itself what is wrong with its arguments, and needs nobody's help with what is an address.
    if (typeof callback !== 'function' || typeof hostname !== 'string' || hostname === '' || isIP(hostname) !== 0) {
      (original as (...args: unknown[]) => void)(hostname, ...rest);
      return;
    }
    const wanted = normalised(options);
    callbackify(find)(hostname, wanted, (error, found) => {
      if (error !== null) callback(error);
      else if (wanted.all === true) callback(null, found);
      else callback(null, found[0]!.address, found[0]!.family);
    });
  };

  const service = async (address: string, port: number): Promise<{ hostname: string; service: string }> => {
    const hostname = isIp(address) ? resolver.nameOf(parseIp(address)) : undefined;
    if (hostname === undefined) throw new NameError('ENOTFOUND', address, 'the hosts file has no name for it');
    return { hostname, service: String(port) };
  };

  const lookupService = (address: string, port: number, callback: Callback): void => {
    callbackify(service)(address, port, (error, found) => {
      if (error !== null) callback(error);
      else callback(null, found.hostname, found.service);
    });
  };

  Object.assign(dns, {
    lookup: Object.assign(lookup, { [promisify.custom]: promised }),
    lookupService: Object.assign(lookupService, { [promisify.custom]: service }),
  });
  Object.assign(dns.promises, { lookup: promised, lookupService: service });
}

const normalised = (options: LookupOptions | number | null): LookupOptions =>
  typeof options === 'number' ? { family: options } : (options ?? {});

const numberOf = (family: LookupOptions['family']): 0 | 4 | 6 => {
  if (family === 4 || family === 'IPv4') return 4;
  return family === 6 || family === 'IPv6' ? 6 : 0;
};

const pairs = (addresses: readonly string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: familyOf(address) }));

/** As `order`, or `verbatim` of older programs, has it. */
function inOrder(found: LookupAddress[], options: LookupOptions): LookupAddress[] {
  const { verbatim, order = verbatim === false ? 'ipv4first' : dns.getDefaultResultOrder() } = options;
  if (order === 'verbatim') return found;
  const first = order === 'ipv4first' ? 4 : 6;
  return [...found.filter(({ family }) => family === first), ...found.filter(({ family }) => family !== first)];
}

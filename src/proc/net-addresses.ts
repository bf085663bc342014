import { readText, type Who } from './read.ts';

/**
 * The local addresses in /proc/PID/net/fib_trie, such as `192.0.2.1`. The type of an address is on the line after it.
 * An address can occur twice.
 */
export function parseLocal4(text: string): string[] {
  const addresses: string[] = [];
  let address = '';
  for (const line of text.split('\n')) {
    address = /\|-- (\d+(?:\.\d+){3})$/.exec(line)?.[1] ?? address;
    if (address !== '' && line.includes('/32 host LOCAL')) addresses.push(address);
  }
  return addresses;
}

/** The addresses in /proc/PID/net/if_inet6, as numbers: one per line, in hexadecimal without colons. */
export const parseLocal6 = (text: string): bigint[] =>
  text.split('\n').flatMap((line) => {
    const [hex] = /^[0-9a-f]{32}(?= )/.exec(line) ?? [];
    return hex === undefined ? [] : [BigInt(`0x${hex}`)];
  });

/**
 * The IPv4 addresses of a process's network namespace; empty if the process has ended. Every user can read them
 * (proc_pid_net(5)).
 */
export const localAddresses4 = (who: Who): string[] => parseLocal4(readText(`/proc/${who}/net/fib_trie`) ?? '');

/** The IPv6 addresses of a process's network namespace, as numbers; empty without IPv6. */
export const localAddresses6 = (who: Who): bigint[] => parseLocal6(readText(`/proc/${who}/net/if_inet6`) ?? '');

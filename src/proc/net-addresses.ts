import { readText, type Who } from './read.ts';

/** The local addresses in /proc/PID/net/fib_trie, `192.0.2.1`: what an address is stands below it. One may come twice. */
export function parseLocal4(text: string): string[] {
  const found: string[] = [];
  let address = '';
  for (const line of text.split('\n')) {
    address = /\|-- (\d+(?:\.\d+){3})$/.exec(line)?.[1] ?? address;
    if (address !== '' && line.includes('/32 host LOCAL')) found.push(address);
  }
  return found;
}

/** The addresses in /proc/PID/net/if_inet6 as numbers: one a line, in hexadecimal without colons. */
export const parseLocal6 = (text: string): bigint[] =>
  text.split('\n').flatMap((line) => {
    const [hex] = /^[0-9a-f]{32}(?= )/.exec(line) ?? [];
    return hex === undefined ? [] : [BigInt(`0x${hex}`)];
  });

/** The IPv4 addresses of the namespace of a process; none when it has ended. Anybody may read them (proc_pid_net(5)). */
export const localAddresses4 = (who: Who): string[] => parseLocal4(readText(`/proc/${who}/net/fib_trie`) ?? '');

/** Those of IPv6, as numbers; none where there is no IPv6. */
export const localAddresses6 = (who: Who): bigint[] => parseLocal6(readText(`/proc/${who}/net/if_inet6`) ?? '');

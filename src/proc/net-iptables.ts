import { readText } from './read.ts';

const FILES = { 4: 'ip_tables_names', 6: 'ip6_tables_names' } as const;

/**
 * The tables that iptables-legacy has in the network namespace of this thread, which nftables does not list. To ask for one
 * that is not there would load it: this reads only.
 */
export const iptablesTables = (family: 4 | 6): string[] =>
  (readText(`/proc/thread-self/net/${FILES[family]}`) ?? '').split('\n').filter((name) => name !== '');

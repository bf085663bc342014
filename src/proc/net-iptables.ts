import { readText } from './read.ts';

const FILES = { 4: 'ip_tables_names', 6: 'ip6_tables_names' } as const;

/**
 * The tables of iptables-legacy in the network namespace of this thread, which nftables does not list. This only reads:
 * a query for a table that does not exist would load its module.
 */
export const iptablesTables = (family: 4 | 6): string[] =>
  (readText(`/proc/thread-self/net/${FILES[family]}`) ?? '').split('\n').filter((name) => name !== '');

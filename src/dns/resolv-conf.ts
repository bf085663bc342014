import { isIp, parseIp, type Ip } from '../addr/index.ts';

/** As many as the C library asks (MAXNS of resolv.h). */
const SERVERS_MAX = 3;

/** The name servers of a resolv.conf(5), in order. Those with a zone, as link-local ones have, are left out. */
export function parseServers(text: string): Ip[] {
  const servers: Ip[] = [];
  for (const line of text.split('\n')) {
    const [, server] = /^\s*nameserver\s+(\S+)/.exec(line) ?? [];
    if (server !== undefined && isIp(server)) servers.push(parseIp(server));
  }
  return servers.slice(0, SERVERS_MAX);
}

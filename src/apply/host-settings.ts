import { sysctlPath } from '../base/index.ts';
import { readdirSync } from 'node:fs';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { kernelHasNftables, listBaseChains, listTableNames, type NamedTable } from '../nftables/index.ts';
import { iptablesTables, readSysctl, writeSysctl } from '../proc/index.ts';
import { IP_FORWARD } from '../state/index.ts';
import { forgetNotes, notedSettings, writeNotes } from './host-notes.ts';

/*
 * Settings of the host that a lab needs (forwarding) are put back when the last lab that needs them goes. What they were
 * is noted in a file before they are changed.
 */

/** Notes what settings are before they are changed, unless that is noted already. */
export function noteHostSettings(keys: readonly string[]): void {
  const noted = new Map(notedSettings());
  const before = noted.size;
  for (const key of keys) {
    const value = readSysctl(key);
    if (value === undefined || noted.has(key)) continue;
    noted.set(key, value);
    if (key === IP_FORWARD) for (const [other, now] of changedByForwarding()) noted.set(other, now);
  }
  if (noted.size > before) writeNotes(noted);
}

const CONF = 'net.ipv4.conf';

/**
 * Settings that the kernel changes together with forwarding, on and off: redirects are believed by hosts and not by
 * routers, and interfaces that forwarded while the others did not are like them afterwards.
 */
function changedByForwarding(): [key: string, value: string][] {
  const redirects = `${CONF}.all.accept_redirects`;
  const interfaces = readdirSync(sysctlPath(CONF)).filter((name) => name !== 'all');
  return [
    [redirects, readSysctl(redirects) ?? '0'],
    ...interfaces
      .map((name) => `${CONF}.${name.replaceAll('.', '/')}.forwarding`)
      .filter((key) => readSysctl(key) === '1')
      .map((key): [string, string] => [key, '1']),
  ];
}

/** How what is labs' on the host is told from what is others'. */
export interface LabMarks {
  /** Whether any lab has a link there. @param socket of NETLINK_ROUTE */
  hasLinks(socket: NetlinkSocket): boolean;
  isTable(table: NamedTable): boolean;
}

export interface Restored {
  /** Settings put back. */
  readonly restored: readonly string[];
  /** Settings left as they are, since another program's rules rely on them. */
  readonly kept: readonly string[];
}

/**
 * Puts the noted settings back if no lab has a link to the host any more. Forwarding stays on when other programs' rules
 * forward or translate packets by now: they may count on it. To be called with the host's lock.
 */
export function putBackHostSettings(labs: LabMarks): Restored {
  const noted = notedSettings();
  if (noted.size === 0 || isNeeded(labs)) return { restored: [], kept: [] };
  const relied = othersForward(labs);
  if (!relied) for (const [key, value] of noted) restore(key, value);
  forgetNotes();
  const keys = [...noted.keys()];
  return relied ? { restored: [], kept: keys } : { restored: keys, kept: [] };
}

function isNeeded(labs: LabMarks): boolean {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  return labs.hasLinks(socket);
}

function restore(key: string, value: string): void {
  try {
    writeSysctl(key, value);
  } catch (error) {
    // An interface may be gone by now.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Whether rules of other programs forward packets, or translate them on their way. */
function othersForward(labs: LabMarks): boolean {
  return usesLegacyTables() || (kernelHasNftables() && nftablesForward(labs));
}

function nftablesForward(labs: LabMarks): boolean {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const ours = listTableNames(socket).filter((table) => labs.isTable(table));
  return listBaseChains(socket).some(
    ({ table, base: { hook, type } }) =>
      (hook === 'forward' || (hook === 'postrouting' && type === 'nat')) &&
      !ours.some(({ family, name }) => family === table.family && name === table.name),
  );
}

/** Whether iptables' own nat table, which nftables does not list, is there: whoever forwards by it translates, too. */
const usesLegacyTables = (): boolean => iptablesTables(4).includes('nat');

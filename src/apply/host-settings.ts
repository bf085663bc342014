import { sysctlPath } from '../base/index.ts';
import { readdirSync } from 'node:fs';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { kernelHasNetfilter, listBaseChains, listTableNames, type NamedTable } from '../nftables/index.ts';
import { iptablesTables, readSysctl, writeSysctl } from '../proc/index.ts';
import { IP_FORWARD } from '../state/index.ts';
import { removeSavedSettings, savedSettings, saveSettings } from './saved-settings.ts';

/*
 * Host settings that a lab changes (forwarding) are restored when the last lab that needs them is removed. The original
 * values are saved in a file before the change.
 */

/** Saves the present values of settings, except for those that are saved already. */
export function saveHostSettings(keys: readonly string[]): void {
  const saved = new Map(savedSettings());
  const before = saved.size;
  for (const key of keys) {
    const value = readSysctl(key);
    if (value === undefined || saved.has(key)) continue;
    saved.set(key, value);
    if (key === IP_FORWARD) for (const [other, now] of changedByForwarding()) saved.set(other, now);
  }
  if (saved.size > before) saveSettings(saved);
}

const CONF = 'net.ipv4.conf';

/**
 * The settings that the kernel changes together with ip_forward, and their values: accept_redirects, which is on for
 * hosts and off for routers, and the forwarding of each interface where it is on.
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

/** How to recognize the objects of labs on the host. */
export interface LabMarks {
  /** Whether any lab has a link on the host. @param socket NETLINK_ROUTE */
  hasLinks(socket: NetlinkSocket): boolean;
  isTable(table: NamedTable): boolean;
}

export interface Restored {
  /** Restored settings. */
  readonly restored: readonly string[];
  /** Settings that stay changed, since firewall rules of other programs rely on them. */
  readonly kept: readonly string[];
}

/**
 * Restores the saved settings if no lab has a link to the host any more. Forwarding stays on if other programs have
 * rules that forward or translate packets, since they can rely on it. The caller must hold the host's lock.
 */
export function restoreHostSettings(labs: LabMarks): Restored {
  const saved = savedSettings();
  if (saved.size === 0 || isNeeded(labs)) return { restored: [], kept: [] };
  const keep = othersForward(labs);
  if (!keep) for (const [key, value] of saved) restore(key, value);
  removeSavedSettings();
  const keys = [...saved.keys()];
  return keep ? { restored: [], kept: keys } : { restored: keys, kept: [] };
}

function isNeeded(labs: LabMarks): boolean {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  return labs.hasLinks(socket);
}

function restore(key: string, value: string): void {
  try {
    writeSysctl(key, value);
  } catch (error) {
    // The interface can be gone.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Whether other programs have rules for forwarded packets, or source NAT. */
function othersForward(labs: LabMarks): boolean {
  return usesLegacyTables() || (kernelHasNetfilter() && nftablesForward(labs));
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

/**
 * Whether the nat table of legacy iptables exists, which nftables does not list: programs that forward also use NAT.
 */
const usesLegacyTables = (): boolean => iptablesTables(4).includes('nat');

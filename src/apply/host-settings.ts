import { readFileSync, writeFileSync } from 'node:fs';
import type { NetlinkSocket } from '../netlink/index.ts';
import { listTables, Transaction } from '../nftables/index.ts';
import { readSysctl, sysctlPath, type TableState } from '../state/index.ts';

/*
 * Settings of the host that a lab needs (forwarding) are put back when the last lab that needs them goes. What they were
 * stands in the kernel, as the comment of an empty nftables table: it survives us, and not the machine.
 */

const FAMILY = 'inet';
const TABLE = 'netwright';
/** What the names of labs' own tables begin with. */
const LAB_TABLE = 'netwright-';

/** Notes what a setting was before it is changed, unless that is noted already. */
export function rememberHostSetting(socket: NetlinkSocket, key: string): void {
  const noted = notes(listTables(socket));
  const value = readSysctl(key);
  if (value === undefined || noted.has(key)) return;
  noted.set(key, value);
  const transaction = new Transaction();
  transaction.replaceTable({ family: FAMILY, name: TABLE, comment: format(noted), chains: {}, sets: {} });
  transaction.commit(socket);
}

export interface Restored {
  /** Settings put back. */
  readonly restored: readonly string[];
  /** Settings left as they are, since another program's rules rely on them. */
  readonly kept: readonly string[];
}

/**
 * Puts the noted settings back if no lab needs them any longer. Forwarding stays on when other programs' rules forward
 * or translate packets by now: they may count on it.
 */
export function restoreHostSettings(socket: NetlinkSocket): Restored {
  const tables = listTables(socket);
  const noted = notes(tables);
  if (!tables.some(isNotes) || tables.some(isLabTable)) return { restored: [], kept: [] };
  const relied = tables.some((table) => !isNotes(table) && forwards(table)) || usesLegacyTables();
  const keys = [...noted.keys()];
  if (!relied) for (const [key, value] of noted) writeFileSync(sysctlPath(key), value);
  const transaction = new Transaction();
  transaction.deleteTable(FAMILY, TABLE);
  transaction.commit(socket);
  return relied ? { restored: [], kept: keys } : { restored: keys, kept: [] };
}

const isNotes = (table: TableState): boolean => table.family === FAMILY && table.name === TABLE;
const isLabTable = (table: TableState): boolean => table.name.startsWith(LAB_TABLE);

const forwards = (table: TableState): boolean =>
  Object.values(table.chains).some(({ base }) => base?.hook === 'forward' || (base?.hook === 'postrouting' && base.type === 'nat'));

/** Whether iptables' own tables, which nftables does not list, are loaded. */
function usesLegacyTables(): boolean {
  try {
    return /\b(filter|nat)\b/.test(readFileSync('/proc/net/ip_tables_names', 'latin1'));
  } catch {
    return false;
  }
}

/** `net.ipv4.ip_forward=0 …`, at most the 128 bytes that a comment may have. */
const format = (noted: ReadonlyMap<string, string>): string => [...noted].map(([key, value]) => `${key}=${value}`).join(' ');

function notes(tables: readonly TableState[]): Map<string, string> {
  const comment = tables.find(isNotes)?.comment ?? '';
  const noted = new Map<string, string>();
  for (const [, key, value] of comment.matchAll(/(net\.[a-z0-9_.]+)=(\d+)/g)) noted.set(key!, value!);
  return noted;
}

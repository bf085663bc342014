import { readFileSync, writeFileSync } from 'node:fs';
import type { NetlinkSocket } from '../netlink/index.ts';
import { listTables, Transaction } from '../nftables/index.ts';
import type { TableState } from '../model/index.ts';
import { readSysctl, sysctlPath } from '../state/index.ts';

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
  const tables = listTables(socket);
  const noted = notes(tables);
  const value = readSysctl(key);
  if (value === undefined || noted.has(key)) return;
  noted.set(key, value);
  const table: TableState = { family: FAMILY, name: TABLE, comment: format(noted), chains: {}, sets: {} };
  const transaction = new Transaction();
  if (tables.some(isNotes)) transaction.replaceTable(table);
  else transaction.addTable(table);
  transaction.commit(socket);
}

export interface Restored {
  /** Settings put back. */
  readonly restored: readonly string[];
  /** Settings left as they are, since another program's rules rely on them. */
  readonly kept: readonly string[];
}

/**
 * Removes tables of a lab from the host, and puts the noted settings back if no other lab needs them. Forwarding stays
 * on when other programs' rules forward or translate packets by now: they may count on it.
 * @param mine `inet NAME`
 */
export function deleteHostTables(socket: NetlinkSocket, mine: readonly string[]): Restored {
  const tables = listTables(socket);
  const going = tables.filter(({ family, name }) => mine.includes(`${family} ${name}`));
  const others = tables.filter((table) => !going.includes(table) && !isNotes(table));
  const noted = others.some(isLabTable) ? new Map<string, string>() : notes(tables);
  const relied = others.some(forwards) || usesLegacyTables();
  if (!relied) for (const [key, value] of noted) writeFileSync(sysctlPath(key), value);
  // One transaction: the kernel takes 20 ms to destroy what a transaction removes, however little.
  const transaction = new Transaction();
  for (const { family, name } of going) transaction.deleteTable(family, name);
  if (noted.size > 0) transaction.deleteTable(FAMILY, TABLE);
  if (transaction.length > 0) transaction.commit(socket);
  const keys = [...noted.keys()];
  return relied ? { restored: [], kept: keys } : { restored: keys, kept: [] };
}

const isNotes = (table: TableState): boolean => table.family === FAMILY && table.name === TABLE;
const isLabTable = (table: TableState): boolean => table.name.startsWith(LAB_TABLE);

const forwards = (table: TableState): boolean =>
  Object.values(table.chains).some(
    ({ base }) => base?.hook === 'forward' || (base?.hook === 'postrouting' && base.type === 'nat'),
  );

/** Whether iptables' own tables, which nftables does not list, are loaded. */
function usesLegacyTables(): boolean {
  try {
    return /\b(filter|nat)\b/.test(readFileSync('/proc/net/ip_tables_names', 'latin1'));
  } catch {
    return false;
  }
}

/** `net.ipv4.ip_forward=0 …`, at most the 128 bytes that a comment may have. */
const format = (noted: ReadonlyMap<string, string>): string =>
  [...noted].map(([key, value]) => `${key}=${value}`).join(' ');

function notes(tables: readonly TableState[]): Map<string, string> {
  const comment = tables.find(isNotes)?.comment ?? '';
  const noted = new Map<string, string>();
  for (const [, key, value] of comment.matchAll(/(net\.[a-z0-9_.]+)=(\d+)/g)) noted.set(key!, value!);
  return noted;
}

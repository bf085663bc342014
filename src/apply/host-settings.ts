import { readdirSync, readFileSync } from 'node:fs';
import type { NetlinkSocket } from '../netlink/index.ts';
import { listTables, Transaction } from '../nftables/index.ts';
import type { TableState } from '../model/index.ts';
import { readSysctl, sysctlPath, writeSysctl } from '../state/index.ts';
import { forgetStale, translationsOf } from './stale-flows.ts';

/*
 * Settings of the host that a lab needs (forwarding) are put back when the last lab that needs them goes. What they were
 * stands in the kernel, in an nftables table that does nothing, one comment for each: it survives us, and not the machine.
 */

const FAMILY = 'inet';
const TABLE = 'netwright';
const CHAIN = 'settings';
/** What the names of labs' own tables begin with. */
const LAB_TABLE = 'netwright-';

/** Notes what a setting was before it is changed, unless that is noted already. */
export function rememberHostSetting(socket: NetlinkSocket, key: string): void {
  const tables = listTables(socket);
  const noted = notes(tables);
  const value = readSysctl(key);
  if (value === undefined || noted.has(key)) return;
  noted.set(key, value);
  if (key === FORWARDING) for (const [other, now] of changedByForwarding()) noted.set(other, now);
  const rules = [...noted].map(([name, was]) => ({ statements: [], comment: `${name}=${was}` }));
  const comment = 'what netwright will put back';
  const table: TableState = { family: FAMILY, name: TABLE, comment, chains: { [CHAIN]: { rules } }, sets: {} };
  const transaction = new Transaction();
  if (tables.some(isNotes)) transaction.replaceTable(table);
  else transaction.addTable(table);
  transaction.commit(socket);
}

const FORWARDING = 'net.ipv4.ip_forward';
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

export interface Restored {
  /** Settings put back. */
  readonly restored: readonly string[];
  /** Settings left as they are, since another program's rules rely on them. */
  readonly kept: readonly string[];
}

/**
 * Removes tables of a lab from the host, and puts the noted settings back if no other lab needs them. Forwarding stays
 * on when other programs' rules forward or translate packets by now: they may count on it.
 */
export function deleteHostTables(socket: NetlinkSocket, isMine: (table: TableState) => boolean): Restored {
  const tables = listTables(socket);
  const going = tables.filter(isMine);
  const others = tables.filter((table) => !going.includes(table) && !isNotes(table));
  const noted = others.some(isLabTable) ? new Map<string, string>() : notes(tables);
  const relied = others.some(forwards) || usesLegacyTables();
  if (!relied) for (const [key, value] of noted) restore(key, value);
  // One transaction: the kernel takes 20 ms to destroy what a transaction removes, however little.
  const transaction = new Transaction();
  for (const { family, name } of going) transaction.deleteTable(family, name);
  if (noted.size > 0) transaction.deleteTable(FAMILY, TABLE);
  if (transaction.length > 0) transaction.commit(socket);
  forgetStale(socket, { added: [], removed: going.flatMap(translationsOf) });
  const keys = [...noted.keys()];
  return relied ? { restored: [], kept: keys } : { restored: keys, kept: [] };
}

function restore(key: string, value: string): void {
  try {
    writeSysctl(key, value);
  } catch (error) {
    // An interface may be gone by now.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Settings of the host that are to be put back one day, each with the value it had; undefined when there are none. */
export function notedSettings(tables: readonly TableState[]): ReadonlyMap<string, string> | undefined {
  return tables.some(isNotes) ? notes(tables) : undefined;
}

const isNotes = (table: TableState): boolean => table.family === FAMILY && table.name === TABLE;
/** Whether a table is some lab's. */
export const isLabTable = (table: TableState): boolean => table.name.startsWith(LAB_TABLE);

const forwards = (table: TableState): boolean =>
  Object.values(table.chains).some(
    ({ base }) => base?.hook === 'forward' || (base?.hook === 'postrouting' && base.type === 'nat'),
  );

/** Whether iptables' own nat table, which nftables does not list, is there: whoever forwards by it translates, too. */
function usesLegacyTables(): boolean {
  try {
    return /^nat$/m.test(readFileSync('/proc/net/ip_tables_names', 'latin1'));
  } catch {
    return false;
  }
}

/** What was noted, in that order: forwarding comes before what it changes. */
function notes(tables: readonly TableState[]): Map<string, string> {
  const rules = tables.find(isNotes)?.chains[CHAIN]?.rules ?? [];
  const noted = new Map<string, string>();
  for (const { comment = '' } of rules) {
    const [, key, value] = /^(net\.\S+)=(\d+)$/.exec(comment) ?? [];
    if (key !== undefined && value !== undefined) noted.set(key, value);
  }
  return noted;
}

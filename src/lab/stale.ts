import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { Lock, savedSettings, savedSettingsPath } from '../apply/index.ts';
import { NetwrightError } from '../base/index.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import {
  linkTarget,
  NETNS_DIRECTORY,
  NETNS_ETC_DIRECTORY,
  OtherMountNamespaces,
  LabMounts,
  RUN_DIRECTORY,
  labNames,
} from '../netns/index.ts';
import { kernelHasNetfilter, listTableNames, type NamedTable } from '../nftables/index.ts';
import { getLinks, type Link } from '../rtnetlink/index.ts';
import { isHostLink, isHostTable } from '../observe/index.ts';
import { labOfHostTable, uplinkAddressCount } from '../topology/index.ts';
import { isLabName } from '../format/index.ts';
import { HOST_LOCK, hostParts, labsOnHost } from '../host/index.ts';
import { abandonedBy, isNeededLease } from '../lease/index.ts';
import { hasTopology, savedTopology } from '../store/index.ts';

/** A leftover of a lab that no longer exists. */
export interface Stale {
  /**
   * `lab`: a lab that is incomplete, or whose owner has ended. `folder`: a folder under /run/netwright on which nothing
   * is mounted. `lock`: a lock file that no process holds. `name`: a name under /run/netns. `files`: a folder under
   * /etc/netns. `link`, `table`: a link or nftables table on the host. `settings`: sysctl settings of the host that
   * were not restored.
   */
  readonly kind: 'lab' | 'folder' | 'lock' | 'name' | 'files' | 'link' | 'table' | 'settings';
  /** The lab it belonged to; absent for settings of the host, which labs share. */
  readonly lab?: string;
  /**
   * A path, or an object on the host: `link nw-shop`, `table inet netwright-shop`. For settings, the file that stores
   * their original values.
   */
  readonly where: string;
  /** Why nothing needs it. */
  readonly reason: string;
}

/** The host's state that leftovers are searched in, read once. */
export interface HostObjects {
  readonly links: readonly Link[];
  readonly tables: readonly NamedTable[];
  /** Labs that have a link on the host. */
  readonly linked: readonly string[];
  readonly others: OtherMountNamespaces;
}

const HOST_LINK = /^nw-(.+)$/;
const LOCK_FILE = /^(.+)\.lock$/;

/** @param others the other mount namespaces; a command that needs them several times searches for them once */
export function readHostObjects(others = new OtherMountNamespaces()): HostObjects {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const links = getLinks(socket).filter(({ name }) => HOST_LINK.test(name ?? ''));
  return { links, tables: hostTables(), linked: labsOnHost(socket), others };
}

function hostTables(): NamedTable[] {
  if (!kernelHasNetfilter()) return [];
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  return listTableNames(socket);
}

/** The names of all labs of which anything exists: a folder, a lock, a name, a table or a link. */
export function labsOf({ links, tables }: HostObjects): string[] {
  const run = entries(RUN_DIRECTORY);
  const insideLab = new RegExp(`^${RUN_DIRECTORY}/([^/]+)/(?:ns|etc)/`);
  const targets = [NETNS_DIRECTORY, NETNS_ETC_DIRECTORY].flatMap((folder) =>
    entries(folder).flatMap((name) => labIn(linkTarget(`${folder}/${name}`), insideLab)),
  );
  const labs = [
    ...run.filter((name) => !LOCK_FILE.test(name)),
    ...targets,
    ...tables.flatMap((table) => labOfHostTable(table) ?? []),
    // A link's name has only a hash of a longer lab name: such a lab is found by its table.
    ...links.flatMap(({ name }) => labIn(name, HOST_LINK)),
  ].filter(isLabName);
  return [...new Set([...labs, ...run.flatMap((name) => labIn(name, LOCK_FILE))])].toSorted();
}

/** The lab's name, which is the first group of the pattern, or none. */
function labIn(text: string | undefined, pattern: RegExp): string[] {
  const name = pattern.exec(text ?? '')?.[1];
  return name === undefined ? [] : [name];
}

const entries = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/**
 * The leftovers of one lab; none while it is up, here or in another mount namespace.
 * @param lock the lab's lock, if the caller holds it. None are returned while another process holds it.
 */
export function staleOf(lab: string, state: HostObjects, lock?: Lock): Stale[] {
  if (lock === undefined && Lock.isHeld(lab)) return [];
  const leftovers = leftoversOf(lab, state);
  if (leftovers.every(({ kind }) => kind === 'lock')) return leftovers;
  return state.others.find(lab) === undefined ? leftovers : [];
}

function leftoversOf(lab: string, { links, tables }: HostObjects): Stale[] {
  const lockFile = `${RUN_DIRECTORY}/${lab}.lock`;
  const locks: Stale[] = existsSync(lockFile)
    ? [{ kind: 'lock', lab, where: lockFile, reason: 'the process that held it has ended' }]
    : [];
  if (!isLabName(lab)) return isNeededLease(lockFile) ? [] : locks;

  const labMounts = new LabMounts(lab);
  const mounted = existsSync(RUN_DIRECTORY) && labMounts.mounted;
  const alive = mounted && labMounts.names().some((name) => labMounts.alive(name));
  const ended = abandonedBy(lab)?.purpose;
  if (alive && hasTopology(lab) && ended === undefined) return locks;

  const stale: Stale[] = [];
  if (mounted) {
    const incomplete = alive ? 'it is incomplete and has no stored topology' : 'none of its namespaces exists';
    const reason = ended === undefined ? incomplete : `${ended} has ended`;
    stale.push({ kind: 'lab', lab, where: labMounts.root, reason });
  } else if (lstatSync(labMounts.root, { throwIfNoEntry: false })?.isDirectory() === true) {
    stale.push({ kind: 'folder', lab, where: labMounts.root, reason: 'no namespace is mounted on it' });
  }
  const reason = mounted ? 'its lab is incomplete' : 'its lab does not exist any more';
  for (const name of labMounts.names()) stale.push({ kind: 'name', lab, where: `${NETNS_DIRECTORY}/${name}`, reason });
  for (const name of labMounts.etcNames())
    stale.push({ kind: 'files', lab, where: `${NETNS_ETC_DIRECTORY}/${name}`, reason });
  const parts = hostParts(lab);
  for (const link of links)
    if (parts.links.some((part) => isHostLink(part, link)))
      stale.push({ kind: 'link', lab, where: `link ${link.name}`, reason });
  for (const table of tables)
    if (parts.tables.some((part) => isHostTable(part, table)))
      stale.push({ kind: 'table', lab, where: `table ${table.family} ${table.name}`, reason });
  return [...stale, ...locks];
}

/**
 * Settings of the host that were changed for labs, and that no lab needs any more.
 * @param lock the host's lock, if the caller holds it
 */
export function staleSettings(state: HostObjects, lock?: Lock): Stale[] {
  const noted = savedSettings();
  if (noted.size === 0 || (lock === undefined && Lock.isHeld(HOST_LOCK))) return [];
  const isStale = (lab: string): boolean => staleOf(lab, state).some(({ kind }) => kind === 'link');
  if (state.linked.some((lab) => !isStale(lab)) || labNames().some((lab) => needsForwarding(lab, state))) return [];
  const keys = [...noted.keys()].join(', ');
  return [{ kind: 'settings', where: savedSettingsPath(), reason: `no lab needs the changed ${keys} any more` }];
}

/** Whether a lab that is up, or that a process is bringing up, needs the host to forward packets. */
function needsForwarding(lab: string, state: HostObjects): boolean {
  if (staleOf(lab, state).some(({ kind }) => kind === 'lab')) return false;
  try {
    const topology = savedTopology(lab);
    return topology === undefined || uplinkAddressCount(topology) > 0;
  } catch (error) {
    // The topology was written by another version.
    if (error instanceof NetwrightError) return true;
    throw error;
  }
}

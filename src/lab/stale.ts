import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { Lock, notedSettings, notesPath } from '../apply/index.ts';
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
import { kernelHasNftables, listTableNames, type NamedTable } from '../nftables/index.ts';
import { getLinks, type Link } from '../rtnetlink/index.ts';
import { isHostLink, isHostTable } from '../observe/index.ts';
import { labOfHostTable, uplinkHosts } from '../topology/index.ts';
import { HOST_LOCK, hostParts, labsOnHost } from '../host/index.ts';
import { abandonedBy, isNeededLease } from '../lease/index.ts';
import { hasTopology, savedTopology } from '../store/index.ts';

/** One thing that is left over. */
export interface Stale {
  readonly kind: 'lab' | 'folder' | 'lock' | 'name' | 'files' | 'link' | 'table' | 'settings';
  /** Whose it was; absent for settings of the host, which several may have shared. */
  readonly lab?: string;
  /** A path, or what it is on the host: `link nw-shop`, `table inet netwright-shop`. Of settings: where they are noted. */
  readonly where: string;
  /** Why nothing needs it. */
  readonly reason: string;
}

/** What of a machine may be left over, read once. */
export interface MachineState {
  readonly links: readonly Link[];
  readonly tables: readonly NamedTable[];
  /** Labs whose link is on the host. */
  readonly linked: readonly string[];
  readonly others: OtherMountNamespaces;
}

const HOST_LINK = /^nw-(.+)$/;
/** What labs are called; their locks' files may have other names, as the host's does. */
const LAB_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
const LOCK_FILE = /^(.+)\.lock$/;

/** @param others looked for once for all that a command asks */
export function readMachine(others = new OtherMountNamespaces()): MachineState {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const links = getLinks(socket).filter(({ name }) => HOST_LINK.test(name ?? ''));
  return { links, tables: hostTables(), linked: labsOnHost(socket), others };
}

function hostTables(): NamedTable[] {
  if (!kernelHasNftables()) return [];
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  return listTableNames(socket);
}

/** The names of all labs that something seems to be of. */
export function labsOf({ links, tables }: MachineState): string[] {
  const run = entries(RUN_DIRECTORY);
  const leading = new RegExp(`^${RUN_DIRECTORY}/([^/]+)/(?:ns|etc)/`);
  const targets = [NETNS_DIRECTORY, NETNS_ETC_DIRECTORY].flatMap((folder) =>
    entries(folder).flatMap((name) => named(linkTarget(`${folder}/${name}`), leading)),
  );
  const labs = [
    ...run.filter((name) => !LOCK_FILE.test(name)),
    ...targets,
    ...tables.flatMap((table) => labOfHostTable(table) ?? []),
    // Of a longer name only a hash is in the link's: those are found by the table that goes with it.
    ...links.flatMap(({ name }) => named(name, HOST_LINK)),
  ].filter((name) => LAB_NAME.test(name));
  return [...new Set([...labs, ...run.flatMap((name) => named(name, LOCK_FILE))])].toSorted();
}

/** The lab that a text names, or none. */
function named(text: string | undefined, pattern: RegExp): string[] {
  const name = pattern.exec(text ?? '')?.[1];
  return name === undefined ? [] : [name];
}

const entries = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/**
 * What is left of one lab; nothing while it is up, here or in another mount namespace.
 * @param lock the lab's, when the caller holds it; when anyone else does it is not for us to judge
 */
export function staleOf(lab: string, scene: MachineState, lock?: Lock): Stale[] {
  if (lock === undefined && Lock.isHeld(lab)) return [];
  const left = leftOf(lab, scene);
  if (left.every(({ kind }) => kind === 'lock')) return left;
  return scene.others.find(lab) === undefined ? left : [];
}

function leftOf(lab: string, { links, tables }: MachineState): Stale[] {
  const lockFile = `${RUN_DIRECTORY}/${lab}.lock`;
  const locks: Stale[] = existsSync(lockFile)
    ? [{ kind: 'lock', lab, where: lockFile, reason: 'the process that held it has ended' }]
    : [];
  if (!LAB_NAME.test(lab)) return isNeededLease(lockFile) ? [] : locks;

  const labMounts = new LabMounts(lab);
  const mounted = existsSync(RUN_DIRECTORY) && labMounts.mounted;
  const alive = mounted && labMounts.names().some((name) => labMounts.alive(name));
  const ended = abandonedBy(lab)?.purpose;
  if (alive && hasTopology(lab) && ended === undefined) return locks;

  const stale: Stale[] = [];
  if (mounted) {
    const half = alive ? 'it is incomplete and has no stored topology' : 'none of its namespaces exists';
    const reason = ended === undefined ? half : `${ended} has ended`;
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
 * Settings of the host that nobody will put back.
 * @param lock the host's, when the caller holds it
 */
export function staleSettings(scene: MachineState, lock?: Lock): Stale[] {
  const noted = notedSettings();
  if (noted.size === 0 || (lock === undefined && Lock.isHeld(HOST_LOCK))) return [];
  const isStale = (lab: string): boolean => staleOf(lab, scene).some(({ kind }) => kind === 'link');
  if (scene.linked.some((lab) => !isStale(lab)) || labNames().some((lab) => reachesOut(lab, scene))) return [];
  const keys = [...noted.keys()].join(', ');
  return [{ kind: 'settings', where: notesPath(), reason: `no lab needs the changed ${keys} any more` }];
}

/** Whether a lab that is up, or that somebody is about to bring up, needs the host to forward. */
function reachesOut(lab: string, scene: MachineState): boolean {
  if (staleOf(lab, scene).some(({ kind }) => kind === 'lab')) return false;
  try {
    const topology = savedTopology(lab);
    return topology === undefined || uplinkHosts(topology) > 0;
  } catch (error) {
    // It was written by another version.
    if (error instanceof NetwrightError) return true;
    throw error;
  }
}

import { existsSync, linkSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { makeOwnFolder, PUBLIC_MODE, writeOwn } from '../../base/index.ts';
import { checkName, linkTarget, makeDirectory, NETNS_ETC_DIRECTORY, type LabMounts } from '../../netns/index.ts';
import { explainUnwritable } from '../../proc/index.ts';
import type { FilesOperation, SetFiles } from '../../plan/index.ts';
import { readFolder } from '../../observe/index.ts';
import { parseNamespaceName } from '../../state/index.ts';
import { NameTakenError } from '../error.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const filesExecutors: Executors<FilesOperation> = {
  'set-files': setFiles,
};

type Files = SetFiles['files'];

/** The folder that each name leads to now; undefined where there is no such name. */
type Current = ReadonlyMap<string, string | undefined>;

/** The names under /etc/netns that lead to each of a lab's folders. */
type Users = Map<string, Set<string>>;

/**
 * Puts files under /etc/netns/NAME. Nodes that see the same share one folder of the lab's, to which each name is a
 * symbolic link. When all that share a folder change alike the files are written where they are: programs that run in
 * the nodes have them mounted over /etc, and see the change.
 */
function setFiles({ labMounts }: Kernel, { namespaces, files }: SetFiles): void {
  const names = new Set(existsSync(NETNS_ETC_DIRECTORY) ? readdirSync(NETNS_ETC_DIRECTORY) : []);
  const current: Current = new Map(
    namespaces.map((namespace) => [
      checkName(namespace),
      names.has(namespace) ? ownTarget(labMounts, namespace) : undefined,
    ]),
  );
  const used = [...new Set(current.values())].filter((folder) => folder !== undefined);
  const users: Users = used.length === 0 ? new Map() : usersOfFolders(labMounts, names, current);

  if (Object.keys(files).length === 0) {
    for (const [namespace, folder] of current) if (folder !== undefined) unlinkSync(linkOf(namespace));
  } else {
    const [shared] = used;
    // A machine that has started anew has the links, and nothing behind them.
    const alone =
      used.length === 1 && shared !== undefined && existsSync(shared) && users.get(shared)!.size === namespaces.length;
    const existing = folderWith(labMounts, files);
    if (alone && existing === undefined) {
      writeFiles(shared, files);
      return;
    }
    linkAll(current, existing ?? makeFolder(labMounts, files));
  }
  for (const folder of used) {
    for (const namespace of namespaces) users.get(folder)!.delete(namespace);
    if (users.get(folder)!.size === 0 && ![...current.keys()].some((name) => linkTarget(linkOf(name)) === folder))
      rmSync(folder, { recursive: true, force: true });
  }
}

const linkOf = (namespace: string): string => `${NETNS_ETC_DIRECTORY}/${namespace}`;

/** The folder that a name leads to. @throws NameTakenError when it is somebody else's */
function ownTarget(labMounts: LabMounts, namespace: string): string {
  const link = linkOf(namespace);
  const target = linkTarget(link);
  if (target === undefined)
    throw new NameTakenError(`${link} exists and does not belong to this lab; move it away and try again`);
  if (!target.startsWith(`${labMounts.root}/`))
    throw new NameTakenError(`${link} points to ${target}, which does not belong to this lab; remove it and try again`);
  return target;
}

/** @param names whatever is in /etc/netns */
function usersOfFolders(labMounts: LabMounts, names: ReadonlySet<string>, current: Current): Users {
  const users: Users = new Map();
  for (const name of names) {
    if (parseNamespaceName(name).lab !== labMounts.lab) continue;
    // Each is read once: a lab may have thousands.
    const folder = current.has(name) ? current.get(name) : linkTarget(linkOf(name));
    if (folder?.startsWith(`${labMounts.root}/etc/`) !== true) continue;
    const known = users.get(folder);
    if (known === undefined) users.set(folder, new Set([name]));
    else known.add(name);
  }
  return users;
}

/** The lab's folder that has these files already. */
function folderWith(labMounts: LabMounts, files: Files): string | undefined {
  const wanted = JSON.stringify(files);
  for (const name of readdirSync(`${labMounts.root}/etc`)) {
    const folder = `${labMounts.root}/etc/${name}`;
    if (JSON.stringify(readFolder(folder)) === wanted) return folder;
  }
  return undefined;
}

/** A new folder is numbered: what is in it may change. It is there whole or not at all. */
function makeFolder(labMounts: LabMounts, files: Files): string {
  const etc = `${labMounts.root}/etc`;
  const number = Math.max(0, ...readdirSync(etc).map((name) => parseInt(name, 10) || 0)) + 1;
  const unfinished = `${etc}/${number}.new`;
  makeOwnFolder(unfinished);
  writeFiles(unfinished, files);
  renameSync(unfinished, `${etc}/${number}`);
  return `${etc}/${number}`;
}

function writeFiles(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) writeOwn(`${folder}/${checkName(name)}`, content, PUBLIC_MODE);
  for (const name of readdirSync(folder)) if (files[name] === undefined) unlinkSync(`${folder}/${name}`);
}

function linkAll(current: Current, folder: string): void {
  makeDirectory(NETNS_ETC_DIRECTORY);
  let first: string | undefined;
  for (const [namespace, now] of current) {
    if (now === folder) continue;
    const link = linkOf(namespace);
    // A link cannot be changed, but another can take its place.
    const made = now === undefined ? link : `${link}.new`;
    if (now !== undefined) rmSync(made, { force: true });
    explainUnwritable(made, () => makeLink(folder, made, first));
    if (now !== undefined) renameSync(made, link);
    first ??= link;
  }
}

/** A second name of a link that leads to the same place is made twenty times quicker, on ext4, than a second link. */
function makeLink(folder: string, path: string, twin: string | undefined): void {
  if (twin !== undefined) {
    try {
      linkSync(twin, path);
      return;
    } catch {
      // It has as many names as it may have, or the file system knows no such thing.
    }
  }
  symlinkSync(folder, path);
}

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

/** The present target directory of each name under /etc/netns; undefined if the name does not exist. */
type Current = ReadonlyMap<string, string | undefined>;

/** The names under /etc/netns that point to each of a lab's directories. */
type Users = Map<string, Set<string>>;

/**
 * Writes files to /etc/netns/NAME. Nodes with the same files share one directory of the lab, and each name is a
 * symbolic link to it. If the files of all nodes that share a directory change in the same way, they are overwritten in
 * place: running programs in the nodes, which have them bind-mounted over /etc, see the change.
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
    // After a reboot, the symbolic links still exist, but not their targets under /run.
    const canOverwrite =
      used.length === 1 && shared !== undefined && existsSync(shared) && users.get(shared)!.size === namespaces.length;
    const existing = folderWith(labMounts, files);
    if (canOverwrite && existing === undefined) {
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

/** The directory that a name points to. @throws NameTakenError if it does not belong to the lab */
function ownTarget(labMounts: LabMounts, namespace: string): string {
  const link = linkOf(namespace);
  const target = linkTarget(link);
  if (target === undefined)
    throw new NameTakenError(`${link} exists and does not belong to this lab; move it away and try again`);
  if (!target.startsWith(`${labMounts.root}/`))
    throw new NameTakenError(`${link} points to ${target}, which does not belong to this lab; remove it and try again`);
  return target;
}

/** @param names all entries of /etc/netns */
function usersOfFolders(labMounts: LabMounts, names: ReadonlySet<string>, current: Current): Users {
  const users: Users = new Map();
  for (const name of names) {
    if (parseNamespaceName(name).lab !== labMounts.lab) continue;
    // Each link is read only once: a lab can have thousands.
    const folder = current.has(name) ? current.get(name) : linkTarget(linkOf(name));
    if (folder?.startsWith(`${labMounts.root}/etc/`) !== true) continue;
    const known = users.get(folder);
    if (known === undefined) users.set(folder, new Set([name]));
    else known.add(name);
  }
  return users;
}

/** An existing directory of the lab that contains exactly these files. */
function folderWith(labMounts: LabMounts, files: Files): string | undefined {
  const wanted = JSON.stringify(files);
  for (const name of readdirSync(`${labMounts.root}/etc`)) {
    const folder = `${labMounts.root}/etc/${name}`;
    if (JSON.stringify(readFolder(folder)) === wanted) return folder;
  }
  return undefined;
}

/**
 * Creates a directory with files, atomically by rename(2). Its name is a number, and does not depend on the files,
 * which can change later.
 */
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
    // A symbolic link cannot be changed, but rename(2) can replace it.
    const created = now === undefined ? link : `${link}.new`;
    if (now !== undefined) rmSync(created, { force: true });
    explainUnwritable(created, () => makeLink(folder, created, first));
    if (now !== undefined) renameSync(created, link);
    first ??= link;
  }
}

/**
 * Creates a symbolic link.
 * @param existing an equal symbolic link: on ext4, a hard link to it takes a twentieth of the time of a new one
 */
function makeLink(folder: string, path: string, existing: string | undefined): void {
  if (existing !== undefined) {
    try {
      linkSync(existing, path);
      return;
    } catch {
      // The inode has the maximum number of hard links, or the file system supports none of symbolic links.
    }
  }
  symlinkSync(folder, path);
}

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { checkName, linkTarget, NETNS_ETC_DIRECTORY } from '../../netns/index.ts';
import type { SetFiles } from '../../plan/index.ts';
import { NameTakenError } from '../error.ts';
import type { Kernel } from '../kernel.ts';

/**
 * Puts files under /etc/netns/NAME. Nodes that see the same share one folder, named after its content; the name under
 * /etc/netns is a symbolic link to it, put in place at once.
 */
export function setFiles(kernel: Kernel, op: SetFiles): void {
  const link = `${NETNS_ETC_DIRECTORY}/${checkName(op.namespace)}`;
  const current = linkTarget(link);
  if (current === undefined && existsSync(link)) throw new NameTakenError(`${link} exists and is not this lab's; move it away and try again`);
  if (current !== undefined && !current.startsWith(`${kernel.pins.root}/`)) throw new NameTakenError(`${link} leads to ${current}, which is not this lab's; remove it and try again`);
  if (Object.keys(op.files).length === 0) {
    if (current !== undefined) unlinkSync(link);
    return;
  }
  const folder = writeFolder(kernel, op.files);
  if (current === undefined) {
    makeLink(folder, link);
    return;
  }
  // A link cannot be changed, but one can take the place of another.
  const next = `${link}.new`;
  rmSync(next, { force: true });
  symlinkSync(folder, next);
  renameSync(next, link);
}

function makeLink(folder: string, link: string): void {
  try {
    symlinkSync(folder, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(NETNS_ETC_DIRECTORY, { recursive: true, mode: 0o755 });
    symlinkSync(folder, link);
  }
}

function writeFolder(kernel: Kernel, files: SetFiles['files']): string {
  // A thousand nodes of one view hold the same string, which a Map finds by its address.
  const names = Object.keys(files);
  const key = names.length === 1 && names[0] === 'hosts' ? files['hosts']! : JSON.stringify(files);
  const known = kernel.etcFolders.get(key);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  const folder = `${kernel.pins.root}/etc/${digest}`;
  if (!existsSync(folder)) {
    const unfinished = `${folder}.new`;
    mkdirSync(unfinished, { recursive: true, mode: 0o755 });
    for (const name of names) writeFileSync(`${unfinished}/${checkName(name)}`, files[name]!, { mode: 0o644 });
    renameSync(unfinished, folder);
  }
  kernel.etcFolders.set(key, folder);
  return folder;
}

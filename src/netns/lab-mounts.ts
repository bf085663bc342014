import { existsSync, lstatSync, readdirSync, readlinkSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { checkArgument, makeOwnFolder } from '../base/index.ts';
import {
  libc,
  MNT_DETACH,
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_SHARED,
  O_CLOEXEC,
  O_CREAT,
  O_RDONLY,
  SyscallError,
} from '../ffi/index.ts';
import { isLabMounted } from './labs.ts';
import { openNamespace } from './namespace.ts';
import { isNamespace } from './nsfs.ts';
import {
  checkName,
  makeDirectory,
  namespacePath,
  NETNS_DIRECTORY,
  NETNS_ETC_DIRECTORY,
  RUN_DIRECTORY,
} from './paths.ts';
import { explainUnwritable, namespaceFile } from '../proc/index.ts';
import { parseNamespaceName } from '../state/index.ts';

/**
 * The folder of one lab: a small file system of its own, which holds its namespaces by mounts and whatever else must go
 * when they go. A symbolic link for each namespace stands under /run/netns; that it leads here is what makes the
 * namespace recognisably this lab's. All of it goes in one call, and with a reboot.
 */
export class LabMounts {
  readonly lab: string;
  /** Where the lab's file system is mounted. */
  readonly root: string;

  constructor(lab: string) {
    checkArgument('lab', lab, 'text');
    this.lab = checkName(lab);
    this.root = `${RUN_DIRECTORY}/${this.lab}`;
  }

  get mounted(): boolean {
    return isLabMounted(this.lab);
  }

  /** Makes the lab's file system, once. */
  mount(): void {
    makeDirectory(NETNS_DIRECTORY);
    if (!this.mounted) {
      makeDirectory(this.root);
      libc.mount('netwright', this.root, 'tmpfs', MS_NOSUID | MS_NODEV | MS_NOEXEC, 'mode=0755,size=256m');
      // Shared, so that taking it away reaches the copies that other mount namespaces have of it, as `ip netns` does.
      libc.mount(null, this.root, null, MS_SHARED);
    }
    for (const folder of ['ns', 'etc']) makeOwnFolder(`${this.root}/${folder}`);
  }

  /** The file that a namespace is pinned at. @throws UsageError when the name is none */
  path(namespace: string): string {
    return `${this.root}/ns/${checkName(namespace)}`;
  }

  /** LabMounts the network namespace that this thread is in under a name. @throws ErrnoException EEXIST when it is taken */
  pin(namespace: string): void {
    const path = this.path(namespace);
    libc.close(libc.open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0));
    libc.mount(namespaceFile('thread-self', 'net'), path, null, MS_BIND);
    try {
      explainUnwritable(namespacePath(namespace), () => symlinkSync(path, namespacePath(namespace)));
    } catch (error) {
      if (!this.owns(namespace)) throw error;
    }
  }

  /** Whether the name under /run/netns leads to this lab. */
  owns(namespace: string): boolean {
    return linkTarget(namespacePath(namespace)) === this.path(namespace);
  }

  /** The names of this lab under /run/netns, whether or not there is still a namespace behind them. */
  names(): string[] {
    return linksInto(NETNS_DIRECTORY, this.lab, `${this.root}/ns/`);
  }

  /** The names under /etc/netns that lead into this lab's folder. */
  etcNames(): string[] {
    return linksInto(NETNS_ETC_DIRECTORY, this.lab, `${this.root}/etc/`);
  }

  /** Whether a name of this lab leads to a living namespace. */
  alive(namespace: string): boolean {
    return isNamespace(this.path(namespace));
  }

  /** A descriptor of one of them, the caller's to close. @throws SyscallError ENOENT when there is none */
  open(namespace: string): number {
    return openNamespace(namespace, this.path(namespace));
  }

  /** Takes one namespace's pin and names away; it goes when its last process and descriptor do. */
  unpin(namespace: string): void {
    if (this.owns(namespace)) unlinkSync(namespacePath(namespace));
    const files = `${NETNS_ETC_DIRECTORY}/${checkName(namespace)}`;
    if (linkTarget(files)?.startsWith(`${this.root}/etc/`) === true) unlinkSync(files);
    const path = this.path(namespace);
    try {
      libc.umount(path, MNT_DETACH);
    } catch (error) {
      if (!(error instanceof SyscallError && (error.code === 'EINVAL' || error.code === 'ENOENT'))) throw error;
    }
    if (existsSync(path)) unlinkSync(path);
  }

  /** Takes everything away: names, labMounts and the folder. Does nothing where there is nothing. */
  unmount(): void {
    for (const name of this.names()) unlinkSync(`${NETNS_DIRECTORY}/${name}`);
    for (const name of this.etcNames()) unlinkSync(`${NETNS_ETC_DIRECTORY}/${name}`);
    while (existsSync(this.root) && this.mounted) libc.umount(this.root, MNT_DETACH);
    // Other mount namespaces lose theirs by it, whether or not they heard of the unmounting.
    if (lstatSync(this.root, { throwIfNoEntry: false })?.isDirectory() === true) rmdirSync(this.root);
  }
}

/** The entries of `directory` that have a lab's names and are symbolic links to something under `target`. */
function linksInto(directory: string, lab: string, target: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter(
    (name) => parseNamespaceName(name).lab === lab && linkTarget(`${directory}/${name}`)?.startsWith(target) === true,
  );
}

/** Where a symbolic link leads; undefined when it is none. */
export function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EINVAL' || code === 'ENOENT') return undefined;
    throw error;
  }
}

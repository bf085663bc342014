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
 * The directory of one lab: a tmpfs of its own under /run/netwright, which holds the lab's namespaces by bind mounts,
 * and all files that must end with them. Each namespace has a symbolic link under /run/netns: a namespace belongs to
 * the lab if its link points into this directory. Unmounting it removes everything, and so does a reboot.
 */
export class LabMounts {
  readonly lab: string;
  /** The mount point of the lab's tmpfs. */
  readonly root: string;

  constructor(lab: string) {
    checkArgument('lab', lab, 'text');
    this.lab = checkName(lab);
    this.root = `${RUN_DIRECTORY}/${this.lab}`;
  }

  /** True if the lab's tmpfs is mounted. */
  get mounted(): boolean {
    return isLabMounted(this.lab);
  }

  /** Mounts the lab's tmpfs, unless it is mounted. */
  mount(): void {
    makeDirectory(NETNS_DIRECTORY);
    if (!this.mounted) {
      makeDirectory(this.root);
      libc.mount('netwright', this.root, 'tmpfs', MS_NOSUID | MS_NODEV | MS_NOEXEC, 'mode=0755,size=256m');
      // Shared, as `ip netns` does: unmounting it propagates to the copies in other mount namespaces.
      libc.mount(null, this.root, null, MS_SHARED);
    }
    for (const folder of ['ns', 'etc']) makeOwnFolder(`${this.root}/${folder}`);
  }

  /** The file at which a namespace is pinned. @throws UsageError if the name is invalid */
  path(namespace: string): string {
    return `${this.root}/ns/${checkName(namespace)}`;
  }

  /** Pins the network namespace of this thread under a name. @throws ErrnoException EEXIST if the name is taken */
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

  /** True if the link of the namespace under /run/netns points to this lab. */
  owns(namespace: string): boolean {
    return linkTarget(namespacePath(namespace)) === this.path(namespace);
  }

  /** The names of this lab's links under /run/netns, with or without a living namespace. */
  names(): string[] {
    return linksInto(NETNS_DIRECTORY, this.lab, `${this.root}/ns/`);
  }

  /** The names under /etc/netns whose links point into this lab's directory. */
  etcNames(): string[] {
    return linksInto(NETNS_ETC_DIRECTORY, this.lab, `${this.root}/etc/`);
  }

  /** True if the file of a name is a namespace. */
  alive(namespace: string): boolean {
    return isNamespace(this.path(namespace));
  }

  /** Opens a namespace of the lab; the caller closes it. @throws SyscallError ENOENT if there is none */
  open(namespace: string): number {
    return openNamespace(namespace, this.path(namespace));
  }

  /**
   * Removes the pin and the names of one namespace. The namespace ends when no process and no descriptor refers to it
   * any more.
   */
  unpin(namespace: string): void {
    if (this.owns(namespace)) unlinkSync(namespacePath(namespace));
    const etc = `${NETNS_ETC_DIRECTORY}/${checkName(namespace)}`;
    if (linkTarget(etc)?.startsWith(`${this.root}/etc/`) === true) unlinkSync(etc);
    const path = this.path(namespace);
    try {
      libc.umount(path, MNT_DETACH);
    } catch (error) {
      if (!(error instanceof SyscallError && (error.code === 'EINVAL' || error.code === 'ENOENT'))) throw error;
    }
    if (existsSync(path)) unlinkSync(path);
  }

  /** Removes everything: names, mounts and the directory. Does nothing if there is nothing. */
  unmount(): void {
    for (const name of this.names()) unlinkSync(`${NETNS_DIRECTORY}/${name}`);
    for (const name of this.etcNames()) unlinkSync(`${NETNS_ETC_DIRECTORY}/${name}`);
    while (existsSync(this.root) && this.mounted) libc.umount(this.root, MNT_DETACH);
    // This also removes the mounts in other mount namespaces to which the unmount did not propagate.
    if (lstatSync(this.root, { throwIfNoEntry: false })?.isDirectory() === true) rmdirSync(this.root);
  }
}

/** The entries of `directory` with names of a lab that are symbolic links to something below `target`. */
function linksInto(directory: string, lab: string, target: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter(
    (name) => parseNamespaceName(name).lab === lab && linkTarget(`${directory}/${name}`)?.startsWith(target) === true,
  );
}

/** The target of a symbolic link; undefined if the path is not a link or does not exist. */
export function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EINVAL' || code === 'ENOENT') return undefined;
    throw error;
  }
}

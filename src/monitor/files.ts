import { sysctlPath } from '../base/index.ts';
import { closeSync, existsSync, openSync, readdirSync, readSync, watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';
import { HOST, parseNamespaceName, type NamespaceName, type NetworkState } from '../state/index.ts';
import { NETNS_DIRECTORY, NETNS_ETC_DIRECTORY, openNamespace, within, type LabMounts } from '../netns/index.ts';
import { libc, SyscallError } from '../ffi/index.ts';

export interface FileListener {
  /** The names under /run/netns have changed. */
  readonly onNames: () => void;
  /** A sysctl setting of a namespace was written. */
  readonly onSysctl: (namespace: NamespaceName) => void;
  /** Files under /etc/netns, or the symbolic links to them, have changed. */
  readonly onFiles: () => void;
  /** The stored topology has changed, or the lab is gone. */
  readonly onLab: () => void;
}

/** Settings whose changes netlink reports (RTM_NEWNETCONF). */
const REPORTED = /^net\.(ipv4\.(ip_forward|conf\.[^.]+\.(forwarding|rp_filter))|ipv6\.conf\.[^.]+\.forwarding)$/;

/** How often settings are read for changes without an event, in milliseconds: each read takes a few microseconds. */
const READ_INTERVAL = 500;

/** A setting whose file is watched. */
interface WatchedSetting {
  /** Whether the value has changed since the last call. */
  readonly hasChanged: () => boolean;
  readonly stop: () => void;
}

/**
 * Watches files of a lab with inotify(7): its names, its files under /etc/netns, and sysctl settings that netlink does
 * not report. Each network namespace and each mount of procfs has inodes of its own for the settings: a write through
 * the /proc of another PID namespace causes no event here, so that the settings are also read periodically.
 */
export class FileWatch {
  readonly #labMounts: LabMounts;
  readonly #listener: FileListener;
  readonly #folders = new Map<string, FSWatcher>();
  readonly #settings = new Map<NamespaceName, readonly WatchedSetting[]>();
  readonly #timer: NodeJS.Timeout;

  constructor(labMounts: LabMounts, listener: FileListener) {
    this.#labMounts = labMounts;
    this.#listener = listener;
    this.#timer = setInterval(() => this.#readSettings(), READ_INTERVAL).unref();
  }

  #readSettings(): void {
    for (const [namespace, settings] of this.#settings) {
      // Call all of them, not only up to the first that changed: each call also stores the current value.
      const changed = settings.filter(({ hasChanged }) => hasChanged());
      if (changed.length > 0) this.#listener.onSysctl(namespace);
    }
  }

  /** Watches the folders that exist now. */
  watchFolders(): void {
    const { onNames, onFiles, onLab } = this.#listener;
    const { lab, root } = this.#labMounts;
    const isOfLab = (name: string | null): boolean => name === null || parseNamespaceName(name).lab === lab;
    this.#watchFolder(NETNS_DIRECTORY, (name) => isOfLab(name) && onNames());
    this.#watchFolder(NETNS_ETC_DIRECTORY, (name) => isOfLab(name) && onFiles());
    this.#watchFolder(root, (name) => name?.endsWith('.new') !== true && onLab());
    const etc = `${root}/etc`;
    this.#watchFolder(etc, onFiles);
    if (existsSync(etc)) for (const name of readdirSync(etc)) this.#watchFolder(`${etc}/${name}`, onFiles);
  }

  #watchFolder(path: string, onChange: (name: string | null) => void): void {
    if (!existsSync(path)) {
      this.#folders.get(path)?.close();
      this.#folders.delete(path);
      return;
    }
    if (this.#folders.has(path)) return;
    const watcher = watch(path, (event, name) => {
      // The folder itself was removed; a new one of the same name can appear.
      if (event === 'rename' && name === basename(path)) {
        watcher.close();
        this.#folders.delete(path);
      }
      onChange(name);
    });
    watcher.on('error', () => onChange(null));
    this.#folders.set(path, watcher);
  }

  /** Watches the settings of the topology in these namespaces, instead of those that were watched there before. */
  watchSysctls(namespaces: Iterable<NamespaceName>, wanted: NetworkState): void {
    for (const namespace of namespaces) {
      for (const { stop } of this.#settings.get(namespace) ?? []) stop();
      const keys = Object.keys(wanted.namespaces[namespace]?.sysctls ?? {}).filter((key) => !REPORTED.test(key));
      if (keys.length === 0) this.#settings.delete(namespace);
      else this.#settings.set(namespace, this.#watchSettings(namespace, keys));
    }
  }

  #watchSettings(namespace: NamespaceName, keys: readonly string[]): WatchedSetting[] {
    const onChange = (): void => this.#listener.onSysctl(namespace);
    const watchAll = (): WatchedSetting[] => keys.flatMap((key) => watchSetting(sysctlPath(key), onChange));
    if (namespace === HOST) return watchAll();
    let fd: number;
    try {
      fd = openNamespace(namespace);
    } catch (error) {
      // The namespace is gone already: an event of its name follows.
      if (error instanceof SyscallError) return [];
      throw error;
    }
    try {
      return within(fd, watchAll);
    } finally {
      libc.close(fd);
    }
  }

  close(): void {
    for (const watcher of this.#folders.values()) watcher.close();
    for (const settings of this.#settings.values()) for (const { stop } of settings) stop();
    clearInterval(this.#timer);
  }
}

function watchSetting(path: string, onChange: () => void): WatchedSetting[] {
  let fd: number;
  try {
    // Kept open: procfs drops an unused inode after a while, and its next one would not be watched. An open file can
    // also be read without entering its namespace.
    fd = openSync(path, 'r');
  } catch {
    return [];
  }
  const watcher = watch(path, (event) => event === 'change' && onChange());
  watcher.on('error', () => {});
  let last = valueOf(fd);
  return [
    {
      hasChanged: () => {
        const before = last;
        last = valueOf(fd);
        return last !== before;
      },
      stop: () => {
        watcher.close();
        closeSync(fd);
      },
    },
  ];
}

const buffer = Buffer.alloc(4096);

/** The content of a setting's file, up to 4 KiB; empty once its namespace is gone. */
function valueOf(fd: number): string {
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return '';
  }
}

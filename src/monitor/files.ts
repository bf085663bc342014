import { sysctlPath } from '../base/index.ts';
import { closeSync, existsSync, openSync, readdirSync, readSync, watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';
import { HOST, parseNamespaceName, type NamespaceName, type NetworkState } from '../state/index.ts';
import { NETNS_DIRECTORY, NETNS_ETC_DIRECTORY, openNamespace, within, type LabMounts } from '../netns/index.ts';
import { libc, SyscallError } from '../ffi/index.ts';

export interface FileListener {
  /** The names under /run/netns are not what they were. */
  readonly onPins: () => void;
  /** A setting of a namespace was written. */
  readonly onSysctl: (namespace: NamespaceName) => void;
  /** Files for /etc, or the links to them, are not what they were. */
  readonly onFiles: () => void;
  /** The topology that the lab was brought up with is another, or the lab is no more. */
  readonly onLab: () => void;
}

/** Settings whose changes netlink tells of (RTM_NEWNETCONF). */
const TOLD = /^net\.(ipv4\.(ip_forward|conf\.[^.]+\.(forwarding|rp_filter))|ipv6\.conf\.[^.]+\.forwarding)$/;

/** How often settings are read that may have been written unheard, in milliseconds: each takes a few microseconds. */
const UNHEARD = 500;

/** A setting whose file is watched. */
interface Attended {
  /** Whether it is another than when this was last asked. */
  readonly hasChanged: () => boolean;
  readonly stop: () => void;
}

/**
 * What of a lab is files, by inotify: its names, the files it put under /etc/netns, and settings that the kernel does not
 * tell of by netlink. A setting's file is another one in each namespace, and in each /proc: whoever writes through that
 * of another PID namespace is not heard, so that these are read now and then as well.
 */
export class FileWatch {
  readonly #labMounts: LabMounts;
  readonly #hearer: FileListener;
  readonly #folders = new Map<string, FSWatcher>();
  readonly #settings = new Map<NamespaceName, readonly Attended[]>();
  readonly #timer: NodeJS.Timeout;

  constructor(labMounts: LabMounts, hearer: FileListener) {
    this.#labMounts = labMounts;
    this.#hearer = hearer;
    this.#timer = setInterval(() => this.#readSettings(), UNHEARD).unref();
  }

  #readSettings(): void {
    for (const [namespace, settings] of this.#settings) {
      // Each is asked, lest the next one's change is news again.
      const changed = settings.filter(({ hasChanged }) => hasChanged());
      if (changed.length > 0) this.#hearer.onSysctl(namespace);
    }
  }

  /** Watches the folders that are there by now. */
  attend(): void {
    const { onPins, onFiles, onLab } = this.#hearer;
    const { lab, root } = this.#labMounts;
    const isOurs = (name: string | null): boolean => name === null || parseNamespaceName(name).lab === lab;
    this.#folder(NETNS_DIRECTORY, (name) => isOurs(name) && onPins());
    this.#folder(NETNS_ETC_DIRECTORY, (name) => isOurs(name) && onFiles());
    this.#folder(root, (name) => name?.endsWith('.new') !== true && onLab());
    const etc = `${root}/etc`;
    this.#folder(etc, onFiles);
    if (existsSync(etc)) for (const name of readdirSync(etc)) this.#folder(`${etc}/${name}`, onFiles);
  }

  #folder(path: string, onChange: (name: string | null) => void): void {
    if (!existsSync(path)) {
      this.#folders.get(path)?.close();
      this.#folders.delete(path);
      return;
    }
    if (this.#folders.has(path)) return;
    const watcher = watch(path, (event, name) => {
      // The folder itself has gone; another of its name may come.
      if (event === 'rename' && name === basename(path)) {
        watcher.close();
        this.#folders.delete(path);
      }
      onChange(name);
    });
    watcher.on('error', () => onChange(null));
    this.#folders.set(path, watcher);
  }

  /** Watches the settings that matter in namespaces that were not there before. */
  attendSettings(namespaces: Iterable<NamespaceName>, wanted: NetworkState): void {
    for (const namespace of namespaces) {
      for (const { stop } of this.#settings.get(namespace) ?? []) stop();
      const keys = Object.keys(wanted.namespaces[namespace]?.sysctls ?? {}).filter((key) => !TOLD.test(key));
      if (keys.length === 0) this.#settings.delete(namespace);
      else this.#settings.set(namespace, this.#watchSettings(namespace, keys));
    }
  }

  #watchSettings(namespace: NamespaceName, keys: readonly string[]): Attended[] {
    const onChange = (): void => this.#hearer.onSysctl(namespace);
    const begin = (): Attended[] => keys.flatMap((key) => watchSetting(sysctlPath(key), onChange));
    if (namespace === HOST) return begin();
    let fd: number;
    try {
      fd = openNamespace(namespace);
    } catch (error) {
      // It has gone again: its name will have been heard of.
      if (error instanceof SyscallError) return [];
      throw error;
    }
    try {
      return within(fd, begin);
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

function watchSetting(path: string, onChange: () => void): Attended[] {
  let fd: number;
  try {
    // Kept open: /proc makes a file anew when nobody has looked at it for a while, and nobody would watch the new one. And
    // what is open is read without going into its namespace.
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

/** What a setting's file holds, its beginning at least; nothing once its namespace has gone. */
function valueOf(fd: number): string {
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return '';
  }
}

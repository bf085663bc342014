import { closeSync, existsSync, openSync, readdirSync, watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';
import { HOST, type NamespaceName, type NetworkState } from '../../model/index.ts';
import { NETNS_DIRECTORY, NETNS_ETC_DIRECTORY, openNamespace, within, type Pins } from '../../netns/index.ts';
import { libc, SyscallError } from '../../ffi/index.ts';
import { sysctlPath } from '../../state/index.ts';

export interface FileHearer {
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

/**
 * What of a lab is files, by inotify: its names, the files it put under /etc/netns, and settings that the kernel does not
 * tell of by netlink. A setting's file is another one in each namespace, and in each /proc: a program that writes a
 * setting through the /proc of another PID namespace is not noticed.
 */
export class FileWatch {
  readonly #pins: Pins;
  readonly #hearer: FileHearer;
  readonly #folders = new Map<string, FSWatcher>();
  readonly #settings = new Map<NamespaceName, (() => void)[]>();

  constructor(pins: Pins, hearer: FileHearer) {
    this.#pins = pins;
    this.#hearer = hearer;
  }

  /** Watches the folders that are there by now. */
  attend(): void {
    const { onPins, onFiles, onLab } = this.#hearer;
    const { lab, root } = this.#pins;
    const isOurs = (name: string | null): boolean => name === null || name === lab || name.startsWith(`${lab}.`);
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
      for (const stop of this.#settings.get(namespace) ?? []) stop();
      const keys = Object.keys(wanted.namespaces[namespace]?.sysctls ?? {}).filter((key) => !TOLD.test(key));
      if (keys.length === 0) this.#settings.delete(namespace);
      else this.#settings.set(namespace, this.#watchSettings(namespace, keys));
    }
  }

  #watchSettings(namespace: NamespaceName, keys: readonly string[]): (() => void)[] {
    const onChange = (): void => this.#hearer.onSysctl(namespace);
    const begin = (): (() => void)[] => keys.flatMap((key) => watchSetting(sysctlPath(key), onChange));
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
    for (const stops of this.#settings.values()) for (const stop of stops) stop();
  }
}

function watchSetting(path: string, onChange: () => void): (() => void)[] {
  let fd: number;
  try {
    // Kept open: /proc makes a file anew when nobody has looked at it for a while, and nobody would watch the new one.
    fd = openSync(path, 'r');
  } catch {
    return [];
  }
  const watcher = watch(path, (event) => event === 'change' && onChange());
  watcher.on('error', () => {});
  return [
    () => {
      watcher.close();
      closeSync(fd);
    },
  ];
}

import { libc } from '../ffi/index.ts';

/** The number of namespaces to access through /proc itself: for these, a mount would take longer. */
const FEW = 32;

/** The number of namespaces to access through one mount. */
const MANY = 64;

/**
 * Access to the settings of one namespace after the other. The kernel caches a dentry for each opened file of
 * /proc/sys/net in each namespace, and searches all dentries of the same name linearly: the thousandth namespace takes
 * ten times as long as the first. A separate procfs mount has its own, empty cache.
 */
export class SettingsFiles {
  #count = 0;
  #mount: number | undefined;
  #unmountable = false;

  /** A descriptor of the procfs to use for the next namespace; undefined for /proc itself. */
  next(): number | undefined {
    const count = this.#count++ - FEW;
    if (count < 0 || this.#unmountable) return undefined;
    if (count % MANY === 0) {
      this.close();
      try {
        this.#mount = libc.mountDetached('proc');
      } catch {
        // In a container, or before Linux 5.2.
        this.#unmountable = true;
        return undefined;
      }
    }
    return this.#mount;
  }

  close(): void {
    if (this.#mount !== undefined) libc.close(this.#mount);
    this.#mount = undefined;
  }
}

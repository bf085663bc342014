import { libc } from '../ffi/index.ts';

/** How many are reached by /proc itself: what they cost does not repay a mount. */
const FEW = 32;

/** How many are reached by one mount. */
const MANY = 64;

/**
 * Where the settings of one namespace after the other are reached. The kernel remembers each file of /proc/sys/net that was
 * opened, for each namespace by itself, and looks through all of a name for the one that is asked for: the thousandth takes
 * ten times as long as the first. A procfs of one's own has nothing to look through.
 */
export class SettingsFiles {
  #reached = 0;
  #mount: number | undefined;
  #unmountable = false;

  /** A descriptor of the folder that stands for /proc, to be used once; undefined when that is /proc itself. */
  next(): number | undefined {
    const count = this.#reached++ - FEW;
    if (count < 0 || this.#unmountable) return undefined;
    if (count % MANY === 0) {
      this.close();
      try {
        this.#mount = libc.mountDetached('proc');
      } catch {
        // As in a container, or before Linux 5.2.
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

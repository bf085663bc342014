import { monotonic, checkArgument, checkOptions, NetwrightError } from '../base/index.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplyError, execute, Kernel, Lock, NameTakenError, verifyDeletions, type Progress } from '../apply/index.ts';
import { HOST, type NamespaceName, type ObservedState } from '../state/index.ts';
import { LabMounts } from '../netns/index.ts';
import { changesHost, type Operation } from '../plan/index.ts';
import { Observer } from '../observe/index.ts';
import type { Compiled } from '../topology/index.ts';
import { compileForHost, compileSaved, difference, savedTopology } from '../store/index.ts';
import { hostParts, lockHost, requireHostNamespace } from '../host/index.ts';
import { labScope, refuseTakenNames } from './plan.ts';
import { requirePrivilege } from '../proc/index.ts';
import { keepPublishedPorts } from '../publish/index.ts';
import { RelevanceFilter, FileWatch, DriftTracker, NetlinkMonitor, ProgramWatch } from '../monitor/index.ts';

/** Options of `watch()`. */
export interface WatchOptions {
  /**
   * Called when the kernel's state of the lab no longer matches the topology, with the operations that would repair it.
   * Each operation is reported once, and again only if it was repaired in between. Differences that exist when the
   * watch starts are reported at once.
   */
  readonly onDrift: (operations: readonly Operation[]) => void;
  /** Called when a reported difference has been repaired. */
  readonly onRepaired?: (repaired: Repaired) => void;
  /** Called when the lab has been compared for the first time: every later change is detected. */
  readonly onReady?: () => void;
  /**
   * Executes the operations, under the lab's lock. Waits up to 10 s for another process that holds the lock, and
   * retries later if it still does. False by default.
   */
  readonly repair?: boolean;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

/** Differences that no longer exist. */
export interface Repaired {
  /** The operations that were executed, or that are no longer needed. */
  readonly operations: readonly Operation[];
  /** `watch`: this watch executed them. `others`: another process made the change. */
  readonly by: 'watch' | 'others';
}

/** Why a watch ended: `aborted` by its signal, or the lab is `gone`. */
export type WatchEnd = 'aborted' | 'gone';

/** How long changes are collected before the lab is compared, in milliseconds. */
const DEBOUNCE = 20;
/** How long to wait before the next look at a lab that another process is changing, in milliseconds. */
const BUSY_DELAY = 100;
/** How long a repair waits for the lock of another process that is changing the lab, in milliseconds. */
const REPAIR_WAIT = 10_000;
/**
 * The longest delay before the same repair is repeated, and the time after which it counts as a new one, in
 * milliseconds.
 */
const MAX_BACKOFF = 10_000;
/** How many times a comparison or a repair is tried while the lab changes at the same time. */
const ATTEMPTS = 5;

/**
 * Reports each deviation of a lab from its topology as it happens. Does not poll: the kernel sends events of links,
 * addresses, routes, rules, neighbours, nftables and sysctl settings; then the namespaces concerned are read and
 * compared as `up` compares them. Also reports services that have ended. Two netlink sockets receive the events of all
 * namespaces of the lab, and one thread waits for them. While another process changes the lab (`up`, `down`), nothing
 * is reported: only the resulting state counts.
 *
 * A sysctl setting that netlink does not report, and that is written through the /proc of another PID namespace, is
 * detected after up to 500 ms: the kernel sends no event for it outside that PID namespace.
 *
 * @returns `aborted` if the signal was aborted, `gone` if the lab was removed
 * @throws NotFoundError if no such lab is up
 * @throws ApplyError, with `repair`, if the kernel rejected an operation 5 times
 * @throws NameTakenError, with `repair`, if a name that the lab needs is in use
 * @throws OtherMountNamespaceError, OtherNamespaceError, UnreadableError, CapabilityError, UsageError
 * @example
 * await watch('shop', {
 *   onDrift: (operations) => console.log(operations.map(({ op }) => op)),
 *   repair: true,
 *   signal: AbortSignal.timeout(60_000),
 * });
 */
export async function watch(lab: string, options: WatchOptions): Promise<WatchEnd> {
  checkArgument('lab', lab, 'text');
  checkOptions(options, {
    onDrift: 'function',
    onRepaired: 'function',
    onReady: 'function',
    repair: 'flag',
    signal: 'signal',
  });
  checkArgument('options.onDrift', options.onDrift, 'function');
  requirePrivilege(`watching lab "${lab}"`);
  requireHostNamespace(lab);
  const watcher = new Watcher(compileSaved(lab), options);
  try {
    return await watcher.run();
  } catch (error) {
    if (options.signal?.aborted === true && error === options.signal.reason) return 'aborted';
    throw error;
  } finally {
    await watcher.close();
  }
}

class Watcher {
  readonly #lab: string;
  readonly #options: WatchOptions;
  readonly #labMounts: LabMounts;
  readonly #monitor: NetlinkMonitor;
  readonly #files: FileWatch;
  readonly #programs: ProgramWatch;
  readonly #relevance: RelevanceFilter;
  readonly #drift = new DriftTracker();
  #compiled: Compiled;
  #observer: Observer;
  #known: ObservedState | undefined;

  /** The namespaces to compare; all of them at first. */
  #dirty: Set<NamespaceName> | 'all' = 'all';
  #namesChanged = true;
  #topologyChanged = false;
  #wake: (() => void) | undefined;
  #lastRepair = '';
  #repairedAt = -Infinity;
  /** Milliseconds. */
  #backoff = 0;

  constructor(compiled: Compiled, options: WatchOptions) {
    this.#lab = compiled.lab;
    this.#options = options;
    this.#labMounts = new LabMounts(compiled.lab);
    this.#compiled = compiled;
    this.#observer = new Observer(labScope(compiled.lab, compiled.state));
    this.#relevance = new RelevanceFilter(hostParts(compiled.lab));
    const all = (): void => this.#markAll();
    const names = (): void => {
      this.#namesChanged = true;
      this.#markAll();
    };
    this.#files = new FileWatch(this.#labMounts, {
      onNames: names,
      onSysctl: (namespace) => this.#mark(namespace),
      onFiles: names,
      onLab: () => {
        this.#topologyChanged = true;
        names();
      },
    });
    this.#programs = new ProgramWatch(this.#labMounts, (namespace) => this.#mark(namespace));
    this.#monitor = new NetlinkMonitor(this.#labMounts, {
      onEvent: (namespace, event) => {
        if (this.#relevance.isRelevant(namespace, event, this.#known)) this.#mark(namespace);
      },
      onGone: names,
      onLost: all,
    });
  }

  #mark(namespace: NamespaceName): void {
    if (this.#dirty !== 'all') this.#dirty.add(namespace);
    this.#wake?.();
  }

  #markAll(): void {
    this.#dirty = 'all';
    this.#wake?.();
  }

  get #isDirty(): boolean {
    return this.#dirty === 'all' || this.#dirty.size > 0;
  }

  async run(): Promise<WatchEnd> {
    const { signal, onReady } = this.#options;
    signal?.addEventListener('abort', this.#stop);
    let ready = false;
    for (;;) {
      if (signal?.aborted === true) return 'aborted';
      if (!this.#isDirty) await this.#waitForChange();
      else if (Lock.isHeld(this.#lab)) await this.#pause(BUSY_DELAY);
      else if (!this.#reload()) return 'gone';
      else {
        await this.#round();
        if (!ready) onReady?.();
        ready = true;
      }
    }
  }

  readonly #stop = (): void => this.#wake?.();

  /** Waits for a change, and {@link DEBOUNCE} longer, since changes come in bursts. */
  async #waitForChange(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    await this.#pause(DEBOUNCE);
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#options;
    try {
      await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch {
      // Aborted: the caller checks the signal.
    }
  }

  /** Loads the topology again if it has changed. Returns false if the lab is gone. */
  #reload(): boolean {
    if (!this.#labMounts.mounted) return false;
    if (!this.#topologyChanged) return true;
    this.#topologyChanged = false;
    const topology = savedTopology(this.#lab);
    if (topology === undefined) return true;
    this.#compiled = compileForHost(topology).compiled;
    this.#observer = new Observer(labScope(this.#lab, this.#compiled.state));
    this.#files.watchSysctls(Object.keys(this.#compiled.state.namespaces), this.#compiled.state);
    return true;
  }

  /** Compares what may have changed, reports differences, and repairs them if `repair` is set. */
  async #round(): Promise<void> {
    const { onDrift, onRepaired, repair } = this.#options;
    const operations = this.#compare();
    const { fresh, mended } = this.#drift.update(operations);
    if (mended.length > 0) onRepaired?.({ operations: mended, by: 'others' });
    if (fresh.length > 0) onDrift(fresh);
    if (repair !== true || operations.length === 0) return;
    await this.#backOff(JSON.stringify(operations));
    await this.#repair();
  }

  /** Waits exponentially longer before the same repair is repeated: another program may keep undoing it. */
  async #backOff(repair: string): Promise<void> {
    const elapsed = monotonic() - this.#repairedAt;
    const isRepeated = repair === this.#lastRepair && elapsed < MAX_BACKOFF;
    this.#backoff = isRepeated ? Math.min(MAX_BACKOFF, 2 * this.#backoff + 10) : 0;
    this.#lastRepair = repair;
    await this.#pause(this.#backoff);
    this.#repairedAt = monotonic();
  }

  /** Reads what may have changed, and returns the operations that would repair the lab. */
  #compare(): Operation[] {
    for (let attempt = 1; ; attempt++) {
      this.#monitor.drain();
      const changed = this.#dirty;
      this.#dirty = new Set();
      try {
        if (this.#namesChanged) {
          this.#namesChanged = false;
          // Subscribe before reading, so that no change in between is missed.
          this.#files.watchFolders();
          this.#files.watchSysctls(this.#monitor.subscribe(), this.#compiled.state);
        }
        this.#programs.watchNew();
        if (changed === 'all' || changed.has(HOST)) this.#relevance.readHostLinks();
        this.#known = this.#observer.observe(changed === 'all' ? undefined : changed);
        return difference(keepPublishedPorts(this.#lab, this.#compiled.state, this.#known), this.#known);
      } catch (error) {
        // A namespace or link disappeared while it was being read.
        this.#dirty = 'all';
        this.#namesChanged = true;
        if (!(error instanceof NetwrightError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #repair(): Promise<void> {
    const { signal, onRepaired } = this.#options;
    for (let attempt = 1; ; attempt++) {
      using lock = await this.#lock();
      if (lock === undefined) return;
      // The process that held the lock before may have repaired the lab, changed its topology, or removed it.
      if (this.#topologyChanged || !this.#labMounts.mounted) return this.#markAll();
      this.#dirty = 'all';
      const operations = this.#compare();
      refuseTakenNames(this.#labMounts, this.#compiled.state, this.#known!);
      using _host = operations.some(changesHost) ? await lockHost(signal) : undefined;
      const done = await this.#execute(operations, attempt);
      this.#drift.settle(operations.slice(0, done));
      this.#markAll();
      if (done > 0) onRepaired?.({ operations: operations.slice(0, done), by: 'watch' });
      if (done === operations.length) return;
    }
  }

  /**
   * Takes the lab's lock. Returns undefined, and marks the lab for another comparison, if the lock is not available.
   */
  async #lock(): Promise<Lock | undefined> {
    try {
      return await Lock.wait(this.#lab, REPAIR_WAIT, this.#options.signal);
    } catch (error) {
      if (this.#options.signal?.aborted !== true && !(error instanceof NetwrightError)) throw error;
      this.#markAll();
      return undefined;
    }
  }

  /**
   * Executes operations. Returns how many took effect: all of them, or 0 if one failed and another attempt is left.
   * @throws ApplyError after the last attempt
   */
  async #execute(operations: readonly Operation[], attempt: number): Promise<number> {
    const kernel = new Kernel(this.#labMounts);
    const progress: Progress = { done: 0 };
    try {
      await execute(kernel, operations, progress);
      verifyDeletions(kernel, () => {
        this.#dirty = 'all';
        return this.#compare();
      });
      return operations.length;
    } catch (error) {
      if (error instanceof NameTakenError) throw error;
      if (!(error instanceof NetwrightError) || attempt < ATTEMPTS) {
        if (error instanceof NetwrightError) return 0;
        throw error;
      }
      const total = operations.length;
      throw new ApplyError(
        `lab "${this.#lab}" could not be repaired: ${error.message}; after ${progress.done} of ${total} steps, in ${attempt} attempts`,
        { done: progress.done, total, rolledBack: false },
        { cause: error },
      );
    } finally {
      kernel.close();
    }
  }

  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#stop);
    this.#files.close();
    await this.#programs.close();
    await this.#monitor.close();
  }
}

import { monotonic, checkArgument, checkOptions, NetwrightError } from '../base/index.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplyError, execute, Kernel, Lock, NameTakenError, readBack, type Progress } from '../apply/index.ts';
import { HOST, type NamespaceName, type ObservedState } from '../state/index.ts';
import { LabMounts } from '../netns/index.ts';
import { changesHost, type Operation } from '../plan/index.ts';
import { Observer } from '../observe/index.ts';
import type { Compiled } from '../topology/index.ts';
import { compileHere, compileSaved, difference, savedTopology } from '../store/index.ts';
import { hostParts, lockHost, requireHostNamespace } from '../host/index.ts';
import { labScope, refuseTakenNames } from './plan.ts';
import { requirePrivilege } from '../proc/index.ts';
import { keepingPublished } from '../publish/index.ts';
import { RelevanceFilter, FileWatch, DriftTracker, NetlinkMonitor, ProgramWatch } from '../monitor/index.ts';

/** Whom a watch tells, and whether it mends. */
export interface WatchOptions {
  /**
   * Called when something of the lab is not as its topology says, with the operations that would mend it: each once, and
   * again only when it was mended in between. What differs when the watch begins is told at once.
   */
  readonly onDrift: (operations: readonly Operation[]) => void;
  /** Called when what was told has been mended. */
  readonly onRepaired?: (repaired: Repaired) => void;
  /** Called when the lab has been looked at for the first time, and everything that happens from then on is heard. */
  readonly onReady?: () => void;
  /** Carries the operations out: takes the lab's lock for it, after waiting for whoever has it. */
  readonly repair?: boolean;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

/** What is again as the topology says. */
export interface Repaired {
  /** What was carried out, or had been wanted and is so no more. */
  readonly operations: readonly Operation[];
  /** Whether this watch did it, or somebody else. */
  readonly by: 'watch' | 'others';
}

/** Why a watch ended: it was told to, or the lab was taken down. */
export type WatchEnd = 'aborted' | 'gone';

/** How long changes are gathered before they are looked at, in milliseconds. */
const DEBOUNCE = 20;
/** How long until a lab is looked at again that another process is changing, in milliseconds. */
const BUSY = 100;
/** How long a repair waits for another process that is changing the lab, in milliseconds. */
const REPAIR_WAIT = 10_000;
/** After this long, in milliseconds, the same repair is no longer part of a quarrel. */
const PEACE = 10_000;
/** How often what is looked at, or mended, may change underneath before that is an error. */
const ATTEMPTS = 5;

/**
 * Tells what of a lab ceases to be as its topology says, as it happens. The kernel tells of changes, so that nothing is
 * asked over and over: links, addresses, routes, rules, neighbours, nftables, and settings; then what has changed is read
 * and compared as `up` compares it. Of services it tells when they have ended. Two netlink sockets hear all namespaces of the lab, and one thread waits for them.
 * While another process changes the lab (`up`, `down`) nothing is told; what it leaves behind is what counts.
 *
 * A setting that netlink does not tell of, and that is written through the /proc of another PID namespace, is noticed after
 * up to half a second: no event reaches anybody outside of that.
 *
 * @returns when the signal aborts, or when the lab has been taken down
 * @throws NotFoundError, CapabilityError; with `repair` ApplyError when the kernel refused a step several times over, and
 *   NameTakenError when something else has a name that the lab needs
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

  /** What is to be looked at: everything, to begin with. */
  #dirty: Set<NamespaceName> | 'all' = 'all';
  #namesChanged = true;
  #topologyChanged = false;
  #wake: (() => void) | undefined;
  #lastRepair = '';
  #repairedAt = -Infinity;
  /** Milliseconds. */
  #hesitation = 0;

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
      onPins: names,
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
      if (!this.#isDirty) await this.#change();
      else if (Lock.isHeld(this.#lab)) await this.#pause(BUSY);
      else if (!this.#reload()) return 'gone';
      else {
        await this.#round();
        if (!ready) onReady?.();
        ready = true;
      }
    }
  }

  readonly #stop = (): void => this.#wake?.();

  /** Waits until something has changed, and a little longer: changes come in bursts. */
  async #change(): Promise<void> {
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
      // Aborted, which whoever called sees.
    }
  }

  /** Takes up a topology that has changed. Returns whether there still is a lab. */
  #reload(): boolean {
    if (!this.#labMounts.mounted) return false;
    if (!this.#topologyChanged) return true;
    this.#topologyChanged = false;
    const topology = savedTopology(this.#lab);
    if (topology === undefined) return true;
    this.#compiled = compileHere(topology).compiled;
    this.#observer = new Observer(labScope(this.#lab, this.#compiled.state));
    this.#files.attendSettings(Object.keys(this.#compiled.state.namespaces), this.#compiled.state);
    return true;
  }

  /** Looks at what may have changed, tells what differs, and mends it if that is wanted. */
  async #round(): Promise<void> {
    const { onDrift, onRepaired, repair } = this.#options;
    const operations = this.#look();
    const { fresh, mended } = this.#drift.update(operations);
    if (mended.length > 0) onRepaired?.({ operations: mended, by: 'others' });
    if (fresh.length > 0) onDrift(fresh);
    if (repair !== true || operations.length === 0) return;
    await this.#hesitate(JSON.stringify(operations));
    await this.#repair();
  }

  /** Waits longer and longer before the same repair again: something else may want it otherwise. */
  async #hesitate(repair: string): Promise<void> {
    const since = monotonic() - this.#repairedAt;
    this.#hesitation = repair === this.#lastRepair && since < PEACE ? Math.min(PEACE, 2 * this.#hesitation + 10) : 0;
    this.#lastRepair = repair;
    await this.#pause(this.#hesitation);
    this.#repairedAt = monotonic();
  }

  /** What would mend the lab as it is now. */
  #look(): Operation[] {
    for (let attempt = 1; ; attempt++) {
      this.#monitor.drain();
      const changed = this.#dirty;
      this.#dirty = new Set();
      try {
        if (this.#namesChanged) {
          this.#namesChanged = false;
          // Heard first and read afterwards, so that nothing happens in between.
          this.#files.attend();
          this.#files.attendSettings(this.#monitor.attend(), this.#compiled.state);
        }
        this.#programs.attend();
        if (changed === 'all' || changed.has(HOST)) this.#relevance.look();
        this.#known = this.#observer.observe(changed === 'all' ? undefined : changed);
        return difference(keepingPublished(this.#lab, this.#compiled.state, this.#known), this.#known);
      } catch (error) {
        // A namespace or a link went while it was being looked at.
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
      // Whoever had the lock may have mended it, changed what it should be, or taken it down.
      if (this.#topologyChanged || !this.#labMounts.mounted) return this.#markAll();
      this.#dirty = 'all';
      const operations = this.#look();
      refuseTakenNames(this.#labMounts, this.#compiled.state, this.#known!);
      using _host = operations.some(changesHost) ? await lockHost(signal) : undefined;
      const done = await this.#execute(operations, attempt);
      this.#drift.settle(operations.slice(0, done));
      this.#markAll();
      if (done > 0) onRepaired?.({ operations: operations.slice(0, done), by: 'watch' });
      if (done === operations.length) return;
    }
  }

  /** The lab's lock; undefined when it could not be had, and the lab is to be looked at again. */
  async #lock(): Promise<Lock | undefined> {
    try {
      return await Lock.wait(this.#lab, REPAIR_WAIT, this.#options.signal);
    } catch (error) {
      if (this.#options.signal?.aborted !== true && !(error instanceof NetwrightError)) throw error;
      this.#markAll();
      return undefined;
    }
  }

  /** Carries operations out as far as that goes. Returns how many were. */
  async #execute(operations: readonly Operation[], attempt: number): Promise<number> {
    const kernel = new Kernel(this.#labMounts);
    const progress: Progress = { done: 0 };
    try {
      await execute(kernel, operations, progress);
      readBack(kernel, () => {
        this.#dirty = 'all';
        return this.#look();
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

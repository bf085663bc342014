import { libc } from '../ffi/index.ts';
import {
  visitNamespaces,
  findNamespace,
  namespacePath,
  openNamespace,
  LabMounts,
  type NamespaceVisit,
} from '../netns/index.ts';
import {
  HOST,
  parseNamespaceName,
  type NamespaceName,
  type ObservedNamespace,
  type ObservedState,
} from '../state/index.ts';
import { observeHost, type HostParts, type HostReading } from './host.ts';
import { observeNamespace, type Observed } from './namespace.ts';
import { namedAs, pinned, type FilesOf, type Namespaces } from './namespaces.ts';
import { joinLinks } from './join.ts';
import { observeServices } from './services.ts';

export interface Scope {
  readonly lab: string;
  /** Settings to read in each namespace; they are too many to read all. */
  readonly sysctls: (namespace: NamespaceName) => Iterable<string>;
  readonly host: HostParts;
  /** What has been read of the host already. */
  readonly hostReading?: HostReading;
  /** Take the namespaces that have a lab's names for the lab's, whoever made them. */
  readonly foreign?: boolean;
  /** Tell of the kernel's and of routing daemons' routes as well: to be shown, and not to be compared. */
  readonly allRoutes?: boolean;
}

/**
 * What the kernel holds of a lab, and of the host what is the lab's. Namespaces that do not exist are absent.
 * @throws NetlinkError, SyscallError, DecodeError
 */
export const observe = (scope: Scope): ObservedState => new Observer(scope).observe();

/** Observes a lab again and again: of what was read before, only what may have changed since is read anew. */
export class Observer {
  readonly #scope: Scope;
  readonly #labMounts: LabMounts;
  readonly #namespaces: Namespaces;
  #observed: ReadonlyMap<NamespaceName, Observed> = new Map();

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#labMounts = new LabMounts(scope.lab);
    this.#namespaces = scope.foreign === true ? namedAs(scope.lab) : pinned(this.#labMounts);
  }

  /**
   * As {@link observe}.
   * @param changed namespaces to read again, besides those that were not there before; all when absent
   */
  observe(changed?: ReadonlySet<NamespaceName>): ObservedState {
    const before = this.#observed;
    const observed = new Map<NamespaceName, Observed>();
    const known = (name: NamespaceName): Observed | undefined =>
      changed === undefined || changed.has(name) ? undefined : before.get(name);
    const { host, hostReading, sysctls } = this.#scope;
    const filesOf = this.#namespaces.files();
    visitNamespaces((thread) => {
      observed.set(HOST, known(HOST) ?? observeHost(host, sysctls(HOST), hostReading));
      for (const name of this.#namespaces.names()) {
        const found = known(name) ?? this.#read(name, thread, filesOf);
        if (found !== undefined) observed.set(name, found);
      }
    });
    this.#observed = observed;
    joinLinks(observed, this.#namespaces.pathOf, true);
    return withServices(stateOf(observed), this.#labMounts);
  }

  #read(name: NamespaceName, thread: NamespaceVisit, filesOf: FilesOf): Observed | undefined {
    const fd = findNamespace(this.#namespaces.pathOf(name));
    if (fd === undefined) return undefined;
    try {
      thread.enter(fd);
      const found = observeNamespace(name, this.#scope.sysctls(name), this.#scope.allRoutes);
      return { ...found, state: { ...found.state, owner: parseNamespaceName(name), files: filesOf(name) } };
    } finally {
      libc.close(fd);
    }
  }
}

/**
 * Everything but settings that the host and some named namespaces hold, whoever made it; of cables those among them.
 * @throws NetlinkError, SyscallError, DecodeError
 */
export function observeMachine(namespaces: readonly NamespaceName[]): ObservedState {
  const observed = new Map<NamespaceName, Observed>();
  visitNamespaces((thread) => {
    observed.set(HOST, observeNamespace(HOST, []));
    for (const name of namespaces) {
      const fd = openNamespace(name);
      try {
        thread.enter(fd);
        observed.set(name, observeNamespace(name, []));
      } finally {
        libc.close(fd);
      }
    }
  });
  joinLinks(observed, namespacePath, false);
  return stateOf(observed);
}

const stateOf = (observed: ReadonlyMap<NamespaceName, Observed>): ObservedState => ({
  namespaces: Object.fromEntries([...observed].map(([name, { state }]) => [name, state])),
});

/** Programs come and go unheard: they are looked for each time. */
function withServices(state: ObservedState, labMounts: LabMounts): ObservedState {
  const found = observeServices(
    labMounts,
    Object.keys(state.namespaces).filter((name) => name !== HOST),
  );
  if (found.size === 0) return state;
  const namespaces = Object.entries(state.namespaces).map(([name, of]): [NamespaceName, ObservedNamespace] => {
    const services = found.get(name);
    return [name, services === undefined ? of : { ...of, services }];
  });
  return { namespaces: Object.fromEntries(namespaces) };
}

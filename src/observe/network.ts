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
import { observeHost, type HostParts, type HostReader } from './host.ts';
import { observeNamespace, type Observed } from './namespace.ts';
import { namedAs, pinned, type FilesOf, type Namespaces } from './namespaces.ts';
import { joinLinks } from './join.ts';
import { observeServices } from './services.ts';

export interface Scope {
  readonly lab: string;
  /** The keys of the settings to read in each namespace; reading all would take too long. */
  readonly sysctls: (namespace: NamespaceName) => Iterable<string>;
  readonly host: HostParts;
  /** The result of readHost, if available. */
  readonly hostReading?: HostReader;
  /** Include namespaces that have names of the lab, whichever program created them. */
  readonly foreign?: boolean;
  /** Include routes of the kernel and of routing daemons: for display only, not for a plan. */
  readonly allRoutes?: boolean;
}

/**
 * Reads the state of a lab from the kernel, including its objects on the host. Namespaces that do not exist are absent.
 * @throws NetlinkError, SyscallError, DecodeError
 */
export const observe = (scope: Scope): ObservedState => new Observer(scope).observe();

/** Observes a lab repeatedly. Only namespaces that can have changed are read again. */
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
   * Like {@link observe}.
   * @param changed namespaces to read again, in addition to new ones; all when absent
   */
  observe(changed?: ReadonlySet<NamespaceName>): ObservedState {
    const before = this.#observed;
    const observed = new Map<NamespaceName, Observed>();
    const unchanged = (name: NamespaceName): Observed | undefined =>
      changed === undefined || changed.has(name) ? undefined : before.get(name);
    const { host, hostReading, sysctls } = this.#scope;
    const filesOf = this.#namespaces.files();
    visitNamespaces((thread) => {
      observed.set(HOST, unchanged(HOST) ?? observeHost(host, sysctls(HOST), hostReading));
      for (const name of this.#namespaces.names()) {
        const namespace = unchanged(name) ?? this.#read(name, thread, filesOf);
        if (namespace !== undefined) observed.set(name, namespace);
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
      const observed = observeNamespace(name, this.#scope.sysctls(name), this.#scope.allRoutes);
      return { ...observed, state: { ...observed.state, owner: parseNamespaceName(name), files: filesOf(name) } };
    } finally {
      libc.close(fd);
    }
  }
}

/**
 * Reads the complete state of the host and of some named namespaces, whichever program created it, without settings.
 * Only cables between these namespaces have a peer.
 * @throws NetlinkError, SyscallError, DecodeError
 */
export function observeNamespaces(namespaces: readonly NamespaceName[]): ObservedState {
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

/** Adds services, which are read at each observation: starts and exits of processes are not monitored. */
function withServices(state: ObservedState, labMounts: LabMounts): ObservedState {
  const byNamespace = observeServices(
    labMounts,
    Object.keys(state.namespaces).filter((name) => name !== HOST),
  );
  if (byNamespace.size === 0) return state;
  const namespaces = Object.entries(state.namespaces).map(([name, namespace]): [NamespaceName, ObservedNamespace] => {
    const services = byNamespace.get(name);
    return [name, services === undefined ? namespace : { ...namespace, services }];
  });
  return { namespaces: Object.fromEntries(namespaces) };
}

import type {
  NamespaceIdentity,
  NamespaceName,
  NetworkState,
  ObservedService,
  ObservedState,
  ServiceState,
} from '../../state/index.ts';
import { same } from './compare.ts';
import type { Operation, StartService } from '../operation/index.ts';

interface Placed<S extends ServiceState = ServiceState> {
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly service: S;
}

/** The part of a namespace's state that concerns services. */
interface Holder<S extends ServiceState> {
  readonly owner?: NamespaceIdentity;
  readonly services?: Readonly<Record<string, S>>;
}

export interface ServicePlan {
  /** Operations that precede all others: services that others depend on stop last. */
  readonly stops: readonly Operation[];
  /** Operations that follow all others: each service starts after its dependencies. */
  readonly starts: readonly Operation[];
}

const NONE: ServicePlan = { stops: [], starts: [] };

/** A service that differs is stopped and started. Services that depend on it are not restarted. */
export function planServices(wanted: NetworkState, actual: ObservedState): ServicePlan {
  const target = placed<ServiceState>(wanted.namespaces);
  const present = placed<ObservedService>(actual.namespaces);
  if (target.size === 0 && present.size === 0) return NONE;
  const stops: Operation[] = [];
  for (const [key, { namespace, name, service }] of [...inOrder(present)].toReversed()) {
    const { pending: _, ...running } = service;
    if (!same(target.get(key)?.service, running)) stops.push({ op: 'stop-service', namespace, name, service: running });
  }
  return { stops, starts: starts(inOrder(target), present) };
}

function starts(
  target: ReadonlyMap<string, Placed>,
  present: ReadonlyMap<string, Placed<ObservedService>>,
): Operation[] {
  const ops: Operation[] = [];
  /** Services that run after the operations planned so far, and are not known to be ready. */
  const unready = new Map<string, Placed>();
  const awaitReady = (key: string): void => {
    const place = unready.get(key);
    if (place !== undefined) ops.push({ op: 'await-service', ...place });
    unready.delete(key);
  };
  for (const [key, place] of target) {
    const { pending, ...running } = present.get(key)?.service ?? {};
    const isRunning = same(place.service, running);
    if (!isRunning) {
      for (const other of place.service.after) awaitReady(other);
      const start: StartService = { op: 'start-service', ...place };
      ops.push(start);
    }
    if (place.service.ready !== undefined && (!isRunning || pending === true)) unready.set(key, place);
  }
  for (const place of unready.values()) ops.push({ op: 'await-service', ...place });
  return ops;
}

/** All services by `node/service`. */
function placed<S extends ServiceState>(
  namespaces: Readonly<Record<NamespaceName, Holder<S>>>,
): Map<string, Placed<S>> {
  const all = new Map<string, Placed<S>>();
  for (const [namespace, { owner, services }] of Object.entries(namespaces)) {
    if (services === undefined) continue;
    for (const [name, service] of Object.entries(services))
      all.set(`${owner?.node}/${name}`, { namespace, name, service });
  }
  return all;
}

/**
 * Sorts services by dependency depth: first those without dependencies, then those that depend only on these, and so
 * on. So no service is awaited before all services of lower depth have been started.
 */
function inOrder<S extends ServiceState>(all: ReadonlyMap<string, Placed<S>>): Map<string, Placed<S>> {
  const depths = new Map<string, number>();
  const depth = (key: string): number => {
    let known = depths.get(key);
    if (known === undefined) {
      // Observed services can come from different versions of a topology, and so depend on each other in a cycle.
      depths.set(key, 0);
      const dependencies = all.get(key)!.service.after.filter((other) => all.has(other));
      known = Math.max(0, ...dependencies.map((other) => depth(other) + 1));
      depths.set(key, known);
    }
    return known;
  };
  return new Map([...all].toSorted(([a], [b]) => depth(a) - depth(b)));
}

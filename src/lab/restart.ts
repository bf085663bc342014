import { checkArgument, checkOptions, NetwrightError, didYouMean, listed } from '../base/index.ts';
import { ApplyError, logExcerptOf, execute, Kernel, Lock, type Progress } from '../apply/index.ts';
import { LabMounts } from '../netns/index.ts';
import type { Operation } from '../plan/index.ts';
import type { Compiled } from '../topology/index.ts';
import { compileSaved, NotFoundError } from '../store/index.ts';
import { requireHostNamespace } from '../host/index.ts';
import { requirePrivilege } from '../proc/index.ts';

/** Options of `restart()`. */
export interface RestartOptions {
  /**
   * How long to wait for another process that is changing the lab, in milliseconds, 0 or more; 0 by default, Infinity
   * for no limit.
   */
  readonly wait?: number;
  /** Stops waiting: `restart` then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Restarts services of a node: ends all their processes, starts them as the topology defines them, and waits until they
 * are ready. Services that depend on them are not restarted.
 * @param service the service to restart; all services of the node if absent
 * @returns the names of the restarted services
 * @throws NotFoundError if there is no such lab, node or service
 * @throws ApplyError if a service does not start, or does not become ready in time
 * @throws LockedError, LockFileError, CapabilityError, OtherNamespaceError; the signal's reason
 */
export async function restart(
  lab: string,
  node: string,
  service?: string,
  options: RestartOptions = {},
): Promise<string[]> {
  checkArgument('lab', lab, 'text');
  checkArgument('node', node, 'text');
  if (service !== undefined) checkArgument('service', service, 'text');
  checkOptions(options, { wait: 'time', signal: 'signal' });
  requirePrivilege(`restarting services of lab "${lab}"`);
  using _ = await Lock.wait(lab, options.wait ?? 0, options.signal);
  requireHostNamespace(lab);
  const compiled = compileSaved(lab);
  const { namespace, names } = servicesOf(compiled, node, service);
  const services = compiled.state.namespaces[namespace]!.services!;
  const each = (op: 'stop-service' | 'start-service' | 'await-service'): Operation[] =>
    names.map((name) => ({ op, namespace, name, service: services[name]! }));
  const operations = [...each('stop-service'), ...each('start-service'), ...each('await-service')];
  const kernel = new Kernel(new LabMounts(lab));
  const progress: Progress = { done: 0 };
  try {
    await execute(kernel, operations, progress, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof NetwrightError)) throw error;
    throw new ApplyError(
      `services of "${node}" were not restarted: ${error.message}${logExcerptOf(error)}`,
      { done: progress.done, total: operations.length, rolledBack: false },
      { cause: error },
    );
  } finally {
    kernel.close();
  }
  return names;
}

/**
 * The names of a node's services, or the one that was requested.
 * @throws NotFoundError if there is no such node or service
 */
export function servicesOf(
  { lab, nodes, state }: Compiled,
  node: string,
  service: string | undefined,
): { readonly namespace: string; readonly names: string[] } {
  const namespace = Object.hasOwn(nodes, node) ? nodes[node]!.namespace : undefined;
  if (namespace === undefined)
    throw new NotFoundError(`lab "${lab}" has no node "${node}"${didYouMean(node, Object.keys(nodes))}`);
  const names = Object.keys(state.namespaces[namespace]?.services ?? {});
  if (service !== undefined && !names.includes(service)) {
    const existing = names.length === 0 ? 'it has no services' : `it has ${listed(names)}`;
    throw new NotFoundError(`node "${node}" has no service "${service}"${didYouMean(service, names)}; ${existing}`);
  }
  if (names.length === 0) throw new NotFoundError(`node "${node}" has no services: there is no "run" in its topology`);
  return { namespace, names: service === undefined ? names : [service] };
}

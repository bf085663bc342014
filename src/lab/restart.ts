import { checkArgument, checkOptions, NetwrightError, didYouMean, listed } from '../base/index.ts';
import { ApplyError, epilogueOf, execute, Kernel, Lock, type Progress } from '../apply/index.ts';
import { LabMounts } from '../netns/index.ts';
import type { Operation } from '../plan/index.ts';
import type { Compiled } from '../topology/index.ts';
import { compileSaved, NotFoundError } from '../store/index.ts';
import { requireHostNamespace } from '../host/index.ts';
import { requirePrivilege } from '../proc/index.ts';

/** How `restart()` waits. */
export interface RestartOptions {
  /** How long to wait for another process that is changing the lab, in milliseconds; 0 by default. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
}

/**
 * Ends services of a node, with all of their processes, and starts them as the lab's topology says; returns when they are
 * ready. Services that wait for them are left alone.
 * @param service one of several; all of the node's when absent
 * @returns the services, by name
 * @throws NotFoundError, LockedError, CapabilityError; ApplyError when one does not start, or does not become ready
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
      `services of "${node}" were not restarted: ${error.message}${epilogueOf(error)}`,
      { done: progress.done, total: operations.length, rolledBack: false },
      { cause: error },
    );
  } finally {
    kernel.close();
  }
  return names;
}

/** @throws NotFoundError */
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
    const there = names.length === 0 ? 'it has no services' : `it has ${listed(names)}`;
    throw new NotFoundError(`node "${node}" has no service "${service}"${didYouMean(service, names)}; ${there}`);
  }
  if (names.length === 0) throw new NotFoundError(`node "${node}" has no services: there is no "run" in its topology`);
  return { namespace, names: service === undefined ? names : [service] };
}

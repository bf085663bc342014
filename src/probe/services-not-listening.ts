import { listed } from '../base/index.ts';
import { lastExitOf } from '../apply/index.ts';
import { nodeOf, ONLY_SERVICE, type NamespaceName, type ServiceState } from '../state/index.ts';
import { LabMounts } from '../netns/index.ts';
import { labProcesses, serviceFolder, serviceProcesses } from '../observe/index.ts';

/**
 * The state of a node's services, none of which listens on a port: `its service web has ended; see ...`.
 * @param services the node's services in the topology
 */
export function servicesNotListening(
  lab: string,
  namespace: NamespaceName,
  services: Readonly<Record<string, ServiceState>>,
): string {
  const labMounts = new LabMounts(lab);
  const node = nodeOf(namespace) ?? lab;
  const parts = serviceProcesses(labMounts, labProcesses(labMounts, [namespace]));
  const states = Object.entries(services).flatMap(([name, { ready }]) => {
    if (ready?.kind === 'exit') return [];
    const own = parts.filter((part) => part.namespace === namespace && part.service === name);
    const label = name === ONLY_SERVICE ? node : `${node}/${name}`;
    return [`its service ${label} ${stateOf(own, serviceFolder(labMounts, namespace, name))}`];
  });
  return `${listed(states)}; see \`netwright logs ${namespace}\``;
}

function stateOf(parts: readonly { pid: number; keeper: boolean; main: boolean }[], folder: string): string {
  const main = parts.find((part) => part.main);
  if (main !== undefined) return `runs (pid ${main.pid}) but does not listen there`;
  const [status] = lastExitOf(folder);
  const end = status === undefined ? 'has ended' : `ended with status ${status}`;
  return parts.some(({ keeper }) => keeper) ? `${end} and will be restarted` : end;
}

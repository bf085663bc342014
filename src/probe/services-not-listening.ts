import { listed } from '../base/index.ts';
import { endedOf } from '../apply/index.ts';
import { nodeOf, ONLY_SERVICE, type NamespaceName, type ServiceState } from '../state/index.ts';
import { LabMounts } from '../netns/index.ts';
import { labProcesses, serviceFolder, serviceProcesses } from '../observe/index.ts';

/**
 * What has become of the services of a node of which none listens on a port: `its service web has ended`, with what to do
 * to learn more.
 * @param services as the topology has them
 */
export function servicesNotListening(
  lab: string,
  namespace: NamespaceName,
  services: Readonly<Record<string, ServiceState>>,
): string {
  const labMounts = new LabMounts(lab);
  const node = nodeOf(namespace) ?? lab;
  const parts = serviceProcesses(labMounts, labProcesses(labMounts, [namespace]));
  const told = Object.entries(services).flatMap(([name, { ready }]) => {
    if (ready?.kind === 'exit') return [];
    const own = parts.filter((one) => one.namespace === namespace && one.service === name);
    const word = name === ONLY_SERVICE ? node : `${node}/${name}`;
    return [`its service ${word} ${fateOf(own, serviceFolder(labMounts, namespace, name))}`];
  });
  return `${listed(told)}; see \`netwright logs ${namespace}\``;
}

function fateOf(parts: readonly { pid: number; keeper: boolean; main: boolean }[], folder: string): string {
  const main = parts.find((one) => one.main);
  if (main !== undefined) return `runs (pid ${main.pid}) but does not listen there`;
  const [status] = endedOf(folder);
  const end = status === undefined ? 'has ended' : `ended with status ${status}`;
  return parts.some(({ keeper }) => keeper) ? `${end} and will be restarted` : end;
}

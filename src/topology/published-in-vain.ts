import { modelOf } from './checked.ts';
import { closedTo } from './firewall/index.ts';
import { parsePublication } from './publish-text.ts';
import type { Topology } from './schema.ts';

/** What to say of ports that are to lead to a node, and that its firewall lets nobody come to. */
export function publishedInVain(topology: Topology, node: string, ports: readonly string[]): string[] {
  const firewall = modelOf(topology).nodeByName.get(node)?.firewall;
  if (firewall === undefined) return [];
  return ports.flatMap((text) => closedTo(parsePublication(text), node, firewall) ?? []);
}

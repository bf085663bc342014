import { type Issues, isMap } from '../../format/index.ts';

/** The maximum of ports of a bridge: BR_MAX_PORTS of net/bridge/br_private.h, minus port 0, which is not used. */
const MAX_PORTS = 1023;

/**
 * Reports networks with more interfaces than a bridge can have ports. Runs before the other checks, which would take
 * long for a hundred thousand nodes: so the topology can still be invalid here.
 */
export function checkBridgePorts(topology: unknown, issues: Issues): void {
  const { networks, nodes } = isMap(topology) ? (topology as Record<string, unknown>) : {};
  if (!isMap(networks) || !isMap(nodes)) return;
  const counts = new Map(Object.keys(networks).map((network) => [network, 0]));
  const surplus = new Map<string, (string | number)[]>();
  for (const [node, value] of Object.entries(nodes)) {
    const joined: unknown = isMap(value) ? (value as Record<string, unknown>)['networks'] : undefined;
    const names = Array.isArray(joined) ? joined : isMap(joined) ? Object.keys(joined) : [];
    for (const [i, name] of names.entries()) {
      const count = counts.get(name as string);
      if (count === undefined) continue;
      counts.set(name as string, count + 1);
      if (count === MAX_PORTS)
        surplus.set(name as string, ['nodes', node, 'networks', Array.isArray(joined) ? i : (name as string)]);
    }
  }
  for (const [network, path] of surplus)
    issues.add(
      path,
      `the network "${network}" has ${counts.get(network)} interfaces, but a bridge has at most ${MAX_PORTS} ports`,
    );
}

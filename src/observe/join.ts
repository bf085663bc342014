import type { LinkState, NamespaceName } from '../state/index.ts';
import { findLowers } from './lower.ts';
import type { Observed } from './namespace.ts';
import { findPeers } from './peer.ts';

/**
 * Sets the peer of each cable end, and the lower link of each link whose lower link is in another namespace. Replaces
 * values of an earlier call.
 * @param all whether `observed` contains both ends of every cable
 */
export function joinLinks(
  observed: ReadonlyMap<NamespaceName, Observed>,
  pathOf: (namespace: NamespaceName) => string,
  all: boolean,
): void {
  const endpoints = [...observed.values()].flatMap((namespace) => namespace.endpoints);
  const peers = findPeers(endpoints, pathOf, all);
  for (const endpoint of endpoints) {
    const { links } = observed.get(endpoint.namespace)!.state;
    const { peer: _, ...link } = links[endpoint.name]!;
    const peer = peers.get(endpoint);
    links[endpoint.name] = (
      peer === undefined ? link : { ...link, peer: { namespace: peer.namespace, name: peer.name } }
    ) as LinkState;
  }
  const uppers = [...observed.values()].flatMap((namespace) => namespace.uppers);
  if (uppers.length === 0) return;
  for (const [upper, lower] of findLowers(uppers, observed, pathOf)) {
    const { links } = observed.get(upper.namespace)!.state;
    links[upper.name] = { ...links[upper.name]!, lower } as LinkState;
  }
}

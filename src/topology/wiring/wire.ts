import type { Issues } from '../../format/index.ts';
import { planAddresses } from './addresses.ts';
import { checkBridgeOverlaps, checkGateway, checkMacs, checkOverlaps } from './checks.ts';
import type { Segment, WiredNode } from './model.ts';
import { networkSegments } from './networks.ts';
import { wireNodes } from './nodes.ts';
import type { WiringInput } from './schema.ts';

/** The networks, nodes and cables of a topology, with all addresses assigned. */
export interface Wiring {
  readonly networks: ReadonlyMap<string, Segment>;
  readonly nodes: readonly WiredNode[];
  readonly nodeByName: ReadonlyMap<string, WiredNode>;
  /** Networks first, then cables. */
  readonly segments: readonly Segment[];
}

/**
 * Connects the nodes to networks and cables, and assigns the addresses. Errors go to `issues`, valid settings that are
 * probably mistakes to `warnings`.
 */
export function wire(input: WiringInput, issues: Issues, warnings: string[]): Wiring {
  const networks = networkSegments(input, issues);
  const { nodes, nodeByName, segments, written } = wireNodes(input, networks, issues);
  for (const segment of segments) planAddresses(segment, written, issues);
  for (const segment of networks.values()) checkGateway(segment, nodeByName, issues, warnings);
  checkMacs(segments, issues);
  checkOverlaps(nodes, issues);
  checkBridgeOverlaps(segments, issues);
  return { networks, nodes, nodeByName, segments };
}

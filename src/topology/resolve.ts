import type { Issues } from '../format/index.ts';
import { resolveEgress } from './egress/index.ts';
import { resolveExpectations } from './expect/index.ts';
import { closedPortWarnings, resolveFirewall } from './firewall/index.ts';
import { asksForFlowtable } from './forward/index.ts';
import { HostNames } from './hosts/index.ts';
import type { Model, ModelNode } from './model.ts';
import { resolveNat } from './nat/index.ts';
import { resolvePublications } from './publish/index.ts';
import { resolveRoutes } from './route/index.ts';
import type { NodeInput, Topology } from './schema.ts';
import { resolveServices } from './services/index.ts';
import { resolveSysctls } from './sysctl/index.ts';
import { wire, type WiredNode, type Wiring } from './wiring/index.ts';

/**
 * Resolves the references between the parts of a topology, and assigns the addresses. Errors go to `issues`.
 * @param folder the folder that relative paths in the topology start from
 */
export function resolveTopology(topology: Topology, folder: string, issues: Issues): Model {
  const warnings: string[] = [];
  const wiring = wire(topology, issues, warnings);
  const { networks, segments } = wiring;
  const inputOf = ({ name }: WiredNode): NodeInput => topology.nodes?.[name] ?? {};

  const egress = resolveEgress(networks, (name) => topology.networks?.[name]?.egress, issues);
  const own = new Map(
    wiring.nodes.map((node) => [node, resolveNode(topology.name, node, inputOf(node), wiring, issues, warnings)]),
  );
  const services = resolveServices(wiring.nodes, (node) => inputOf(node).run, folder, issues);
  const publications = resolvePublications(wiring.nodes, (node) => inputOf(node).publish, issues);
  const names = { lab: topology.name, networks, nodes: wiring.nodeByName };
  const hosts = new HostNames(names, topology.hosts, issues);
  const nodes = wiring.nodes.map((node): ModelNode =>
    // The same object, since the segments refer to it.
    Object.assign(node, own.get(node)!, services.get(node)!, {
      publish: publications.get(node),
      hosts: hosts.of(node, inputOf(node).hosts),
    }),
  );
  const nodeByName = new Map(nodes.map((node) => [node.name, node]));
  for (const node of nodes)
    if (node.firewall !== undefined)
      warnings.push(...closedPortWarnings(node, node.publish ?? [], node.firewall, issues));
  return {
    lab: topology.name,
    networks: [...networks.values()],
    nodes,
    nodeByName,
    segments,
    egress,
    expectations: resolveExpectations(topology.expect ?? [], nodeByName, issues),
    hosts: hosts.all,
    warnings,
  };
}

/** The values of the keys that depend only on the node and the networks. */
type OwnKeys = Pick<ModelNode, 'flowtable' | 'routes' | 'nat' | 'sysctls' | 'firewall'>;

const NOTHING: OwnKeys = { flowtable: false, routes: [], nat: undefined, sysctls: {}, firewall: undefined };

function resolveNode(
  lab: string,
  node: WiredNode,
  { forward, routes = [], nat, sysctls = {}, firewall }: NodeInput,
  { segments, networks, nodeByName }: Wiring,
  issues: Issues,
  warnings: string[],
): OwnKeys {
  if (node.incomplete) return NOTHING;
  const routed = Object.assign(node, { routes: resolveRoutes(node, routes, issues) });
  return {
    flowtable: asksForFlowtable(forward),
    routes: routed.routes,
    nat: nat === undefined ? undefined : resolveNat(routed, nat, segments, issues),
    sysctls: resolveSysctls(node, sysctls, issues, warnings),
    firewall:
      firewall === undefined
        ? undefined
        : resolveFirewall(lab, firewall, { node, networks, nodes: nodeByName }, issues, warnings),
  };
}

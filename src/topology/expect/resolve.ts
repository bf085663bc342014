import { addressOf, familyOf, isIp, parseIp, type Family, type Ip } from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import { parseDuration, type Issues, type Path } from '../../format/index.ts';
import type { Nat } from '../../nat/index.ts';
import { FAMILIES } from '../families.ts';
import type { ModelServices } from '../services/index.ts';
import { addressIn, type WiredNode } from '../wiring/index.ts';
import type { Expectation } from './model.ts';
import type { ExpectInput } from './schema.ts';

/** The value of `to` for the host that the lab runs on. */
const HOST_WORD = 'host';

/** A node with the properties that decide who replies to a probe: its NAT, and the ports of its services. */
export interface ProbedNode extends WiredNode, Pick<ModelServices, 'servicePorts'> {
  readonly nat: Nat | undefined;
}

type Nodes = ReadonlyMap<string, ProbedNode>;

/** Resolves the key `expect` of a topology. Errors go to `issues`. */
export function resolveExpectations(inputs: readonly ExpectInput[], nodes: Nodes, issues: Issues): Expectation[] {
  let owners: ReadonlyMap<Ip, string | undefined> | undefined;
  return inputs.flatMap((input, i) => {
    const path = ['expect', i];
    const probe = probeOf(input, path, issues);
    const rtt = rttOf(input, path, issues);
    const from = nodes.get(input.from);
    if (from === undefined)
      issues.add([...path, 'from'], `there is no node "${input.from}"${didYouMean(input.from, nodes.keys())}`);
    let target: Target | undefined;
    if (input.to === HOST_WORD) target = { targets: [] };
    else if (nodes.has(input.to)) target = nodeTarget(from, nodes.get(input.to)!, path, issues);
    else if (isIp(input.to)) target = addressTarget(parseIp(input.to), from, nodes, (owners ??= ownersOf(nodes)));
    else {
      const candidates = [...nodes.keys(), HOST_WORD];
      issues.add(
        [...path, 'to'],
        `"${input.to}" is not a node, an address or "${HOST_WORD}"${didYouMean(input.to, candidates)}`,
      );
    }
    if (probe === undefined || from === undefined || target === undefined) return [];
    const reachable = input.reachable ?? true;
    const label = `${input.from} ${reachable ? 'reaches' : 'does not reach'} ${input.to} (${[probe.protocol, probe.port ?? []].flat().join(' ')})`;
    const owner = target.toNode === undefined ? undefined : nodes.get(target.toNode);
    const served = owner !== undefined && mayServe(owner, probe);
    return [
      {
        from: input.from,
        to: input.to,
        ...probe,
        reachable,
        ...(rtt !== undefined && { rtt }),
        ...target,
        ...(served && { served }),
        label,
      },
    ];
  });
}

type Target = Pick<Expectation, 'targets' | 'toNode' | 'inside'>;

function probeOf(
  { tcp, udp, icmp }: ExpectInput,
  path: Path,
  issues: Issues,
): Pick<Expectation, 'protocol' | 'port'> | undefined {
  const probes = [tcp, udp, icmp].filter((value) => value !== undefined);
  if (probes.length !== 1) {
    issues.add(
      path,
      `an expectation has one of "icmp: true", "tcp: PORT" and "udp: PORT", not ${probes.length === 0 ? 'none' : 'several'}`,
    );
    return undefined;
  }
  if (tcp !== undefined) return { protocol: 'tcp', port: tcp };
  return udp === undefined ? { protocol: 'icmp' } : { protocol: 'udp', port: udp };
}

/** Whether a service of a node can listen on a port. */
const mayServe = ({ servicePorts }: ProbedNode, { protocol, port }: Pick<Expectation, 'protocol' | 'port'>): boolean =>
  port !== undefined &&
  servicePorts.some(
    (ports) =>
      ports === 'any' ||
      ports.some((range) => range.protocol === protocol && range.first <= port && port <= range.last),
  );

function rttOf({ rtt, reachable }: ExpectInput, path: Path, issues: Issues): Expectation['rtt'] {
  if (rtt === undefined) return undefined;
  const [min = 0, max = 0] = rtt.map(parseDuration);
  if (min > max)
    issues.add([...path, 'rtt'], `the shortest round trip, ${rtt[0]}, is longer than the longest, ${rtt[1]}`);
  if (reachable === false) issues.add([...path, 'rtt'], '"rtt" needs a reachable target', 'key');
  return { min, max };
}

/** One address of each family: one on a network that both nodes are on, or else the first. */
function nodeTarget(from: ProbedNode | undefined, to: ProbedNode, path: Path, issues: Issues): Target {
  const shared = new Set(from?.interfaces.map(({ segment }) => segment));
  const near = to.interfaces.filter(({ segment }) => shared.has(segment));
  const ends = [...near, ...to.interfaces];
  const targets: Ip[] = [];
  for (const family of FAMILIES) {
    const end = ends.find((candidate) => addressIn(candidate, family) !== undefined);
    if (end !== undefined) targets.push(addressIn(end, family)!);
  }
  if (targets.length === 0 && !to.incomplete) issues.add([...path, 'to'], `the node "${to.name}" has no address`);
  // `from` can only reach families of which it has an address.
  const usable = targets.filter((ip) => from !== undefined && hasFamily(from, familyOf(ip)));
  return { targets: usable.length > 0 ? usable : targets, toNode: to.name };
}

const hasFamily = (node: ProbedNode, family: Family): boolean =>
  node.interfaces.some((end) => addressIn(end, family) !== undefined);

function addressTarget(
  ip: Ip,
  from: ProbedNode | undefined,
  nodes: Nodes,
  owners: ReadonlyMap<Ip, string | undefined>,
): Target {
  const inside = insideOf(ip, from, nodes);
  const toNode = owners.get(inside ?? ip);
  if (toNode === undefined) return { targets: [ip] };
  return { targets: [ip], toNode, ...(inside !== undefined && { inside }) };
}

/** The inside address that a one-to-one NAT translates an address to, for packets from `from`. */
function insideOf(ip: Ip, from: ProbedNode | undefined, nodes: Nodes): Ip | undefined {
  for (const { nat, interfaces } of nodes.values()) {
    if (nat === undefined) continue;
    const [inside] = [...nat.oneToOne].find(([, outside]) => outside === ip) ?? [];
    if (inside === undefined) continue;
    const shared = new Set(from?.interfaces.map(({ segment }) => segment));
    const inputInterface = interfaces.find(({ segment }) => shared.has(segment))?.name ?? nat.outside;
    const isTranslated = inputInterface === nat.outside || (nat.policy.hairpin && nat.inside.includes(inputInterface));
    return isTranslated ? inside : undefined;
  }
  return undefined;
}

/** The name of the node that has each address; undefined for an address that nodes on separate networks share. */
function ownersOf(nodes: Nodes): Map<Ip, string | undefined> {
  const owners = new Map<Ip, string | undefined>();
  for (const node of nodes.values()) {
    for (const address of node.interfaces.flatMap(({ addresses }) => addresses)) {
      const ip = addressOf(address);
      owners.set(ip, owners.has(ip) ? undefined : node.name);
    }
  }
  return owners;
}

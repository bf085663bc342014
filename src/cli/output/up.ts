import { KINDS } from '../../kinds/index.ts';
import { networkOf } from '../../addr/index.ts';
import type { UpResult } from '../../lab/index.ts';
import { namespaceName } from '../../state/index.ts';
import { UPLINK } from '../../topology/index.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { count, duration } from './words.ts';

type Compiled = UpResult['compiled'];

/** The document of `up --json`. */
export function upData({ compiled, fresh, operations, warnings, milliseconds }: UpResult) {
  return {
    lab: compiled.lab,
    fresh,
    steps: operations.length,
    milliseconds: Math.round(milliseconds * 100) / 100,
    networks: networksOf(compiled),
    nodes: Object.entries(compiled.nodes).map(([name, { namespace, interfaces }]) => ({ name, namespace, interfaces })),
    services: servicesOf(compiled),
    expectations: compiled.expectations.length,
    warnings,
  };
}

/** The output of `up`: what it did, and commands to try next. */
export function describeUp({ compiled, fresh, operations, milliseconds }: UpResult, style: Style): string {
  const { lab } = compiled;
  if (operations.length === 0) return `nothing to do, ${lab} matches the file\n`;
  const steps = `${count(operations.length, 'step')} in ${duration(milliseconds)}`;
  if (!fresh) return `${style.bold(lab)} is up to date: ${steps}\n`;
  return [
    `${style.bold(lab)} is up: ${contentsOf(compiled)}, ${steps}`,
    '',
    ...table(
      nextSteps(compiled).map(([command, description]) => [style.cyan(command), style.dim(description)]),
      '  ',
    ),
    '',
  ].join('\n');
}

function contentsOf(compiled: Compiled): string {
  const nodes = Object.values(compiled.nodes);
  const networks = networksOf(compiled).length;
  const services = servicesOf(compiled).length;
  const ends = nodes.flatMap(({ interfaces }) => interfaces).filter(({ name, network }) => !network && name !== UPLINK);
  return [
    count(nodes.length, 'node'),
    ...(networks > 0 ? [count(networks, 'network')] : []),
    ...(ends.length > 0 ? [count(ends.length / 2, 'cable')] : []),
    ...(services > 0 ? [count(services, 'service')] : []),
  ].join(', ');
}

const networksOf = ({ lab, state }: Compiled): string[] =>
  Object.entries(state.namespaces[lab]?.links ?? {})
    .filter(([name, { kind }]) => kind === KINDS.bridge.name && name !== UPLINK)
    .map(([name, { altNames }]) => altNames?.[0] ?? name);

/** Each as `NODE/SERVICE`. */
const servicesOf = ({ nodes, state }: Compiled): string[] =>
  Object.entries(nodes).flatMap(([node, { namespace }]) =>
    Object.keys(state.namespaces[namespace]?.services ?? {}).map((name) => `${node}/${name}`),
  );

function nextSteps(compiled: Compiled): [command: string, description: string][] {
  const { lab, nodes, expectations } = compiled;
  const [first] = Object.keys(nodes);
  const steps: [string, string][] = [[`netwright show ${lab}`, 'show its interfaces, addresses and routes']];
  if (expectations.length > 0) {
    const tested = expectations.length === 1 ? 'its expectation' : `its ${expectations.length} expectations`;
    steps.push([`netwright check ${lab}`, `test ${tested}`]);
  }
  if (servicesOf(compiled).length > 0) steps.push([`netwright logs -f ${lab}`, 'follow the output of its services']);
  if (first !== undefined) {
    const [from, to] = pingablePair(compiled) ?? [first];
    const program = to === undefined ? 'ip address' : `ping -c1 ${to}`;
    const node = namespaceName({ lab, node: from });
    steps.push([`netwright exec ${node} ${program}`, 'run any program in a node']);
    steps.push([`netwright shell ${node}`, 'open a shell in it']);
  }
  return [...steps, [`netwright down ${lab}`, 'remove the lab']];
}

/**
 * Two nodes of which the first can ping the second: the topology expects it, or they share a subnet and neither has
 * nftables rules. Undefined if there are no such nodes.
 */
function pingablePair({ nodes, state, expectations }: Compiled): [from: string, to: string] | undefined {
  const expected = expectations.find(
    ({ protocol, reachable, to, toNode }) => protocol === 'icmp' && reachable && to === toNode,
  );
  if (expected !== undefined && expected.from !== expected.to) return [expected.from, expected.to];
  const firsts = new Map<string, string>();
  for (const [node, { namespace, interfaces }] of Object.entries(nodes)) {
    if (Object.keys(state.namespaces[namespace]?.tables ?? {}).length > 0) continue;
    for (const { name, network = '', addresses } of interfaces) {
      if (name === UPLINK) continue;
      for (const address of addresses) {
        const key = `${network} ${networkOf(address)}`;
        const other = firsts.get(key);
        if (other !== undefined && other !== node) return [other, node];
        firsts.set(key, node);
      }
    }
  }
  return undefined;
}

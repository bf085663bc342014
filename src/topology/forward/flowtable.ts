import { filterAt, inetTable, match, oneOf, rule, type TableState } from '../../state/index.ts';

const NAME = 'netwright-flow';
const FLOWS = 'flows';

/** The key under which a node has its table. */
export const FLOW_TABLE = `inet ${NAME}`;

/** After the firewall: only what it lets through gets this far. */
const AFTER_FILTER = 10;

/**
 * The table by which packets of connections between a node's interfaces pass its rules by.
 * @param nat whether the node has one: its mappings of UDP live as long as its rules see packets, and so those must
 */
export function flowTable(interfaces: readonly string[], nat: boolean): Record<string, TableState> {
  const offload = rule(
    'past the rules from now on',
    match('meta l4proto', '==', oneOf(nat ? ['tcp'] : ['tcp', 'udp'])),
    match('ct state', 'in', 'established'),
    { flowAdd: FLOWS },
  );
  const table = inetTable(NAME, { forward: filterAt('forward', AFTER_FILTER, offload) })[FLOW_TABLE]!;
  const devices = interfaces.toSorted();
  return { [FLOW_TABLE]: { ...table, flowtables: { [FLOWS]: { hook: 'ingress', priority: 0, devices } } } };
}

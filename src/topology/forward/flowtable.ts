import { filterAt, inetTable, match, oneOf, rule, type TableState } from '../../state/index.ts';

const NAME = 'netwright-flow';
const FLOWS = 'flows';

/** The key of the table in a namespace's state. */
export const FLOW_TABLE = `inet ${NAME}`;

/** A priority after the firewall, so that only packets that it accepts reach this chain. */
const AFTER_FILTER = 10;

/**
 * The table whose flowtable forwards packets of established connections without the node's rules.
 * @param nat whether the node has a NAT. Its rules refresh the UDP mappings, so UDP must not bypass them.
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

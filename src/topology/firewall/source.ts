import { parseFlow } from '../../format/index.ts';
import * as v from 'valibot';
import type { TableState } from '../../state/index.ts';
import { FIREWALL_TABLE, SOURCE_CHAIN } from './compile.ts';
import { firewallSchema, type FirewallInput } from './schema.ts';

/** The policy that a table was compiled from, as it was written; undefined if the table does not contain it. */
export function readBackPolicy({ name, chains }: TableState): FirewallInput | undefined {
  const source = chains[SOURCE_CHAIN];
  if (name !== FIREWALL_TABLE || source === undefined) return undefined;
  const text = source.rules.map(({ comment = '' }) => comment).join('');
  const result = v.safeParse(firewallSchema, parseFlow(text));
  return result.success ? result.output : undefined;
}

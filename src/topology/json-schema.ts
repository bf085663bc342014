import { toJsonSchema } from '@valibot/to-json-schema';
import { topologySchema } from './schema.ts';

/** The JSON Schema of a topology file, for editors. Apart from the index: what makes it is not needed at run time. */
export function topologyJsonSchema(): object {
  // Some checks have no JSON Schema: those of routes and addresses, for instance. An editor does without them.
  return { title: 'Netwright topology', ...toJsonSchema(topologySchema, { typeMode: 'output', errorMode: 'ignore' }) };
}

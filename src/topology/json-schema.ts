import { toJsonSchema, type ConversionConfig } from '@valibot/to-json-schema';
import { topologySchema } from './schema.ts';
import { runAlternatives, runSchema } from './services/schema.ts';

// Some checks have no JSON Schema: those of routes and addresses, for instance. An editor does without them.
const CONFIG: ConversionConfig = { typeMode: 'output', errorMode: 'ignore' };

/** The JSON Schema of a topology file, for editors. Apart from the index: what makes it is not needed at run time. */
export function topologyJsonSchema(): object {
  const { $schema: _, ...run } = toJsonSchema(runAlternatives, CONFIG);
  return {
    title: 'Netwright topology',
    ...toJsonSchema(topologySchema, {
      ...CONFIG,
      overrideSchema: ({ valibotSchema }) => (valibotSchema === runSchema ? run : undefined),
    }),
  };
}

import {
  toJsonSchema,
  type ConversionConfig,
  type JsonSchema,
  type OverrideSchemaContext,
} from '@valibot/to-json-schema';
import { EXTENSION } from '../format/index.ts';
import { topologySchema } from './schema.ts';
import { namedSchema, runAlternatives, runSchema } from './services/index.ts';

// Some checks have no JSON Schema: those of routes and addresses, for instance. An editor does without them.
const CONFIG: ConversionConfig = { typeMode: 'output', errorMode: 'ignore', overrideSchema: withExtensions };

/** Maps with known keys have extensions besides. */
function withExtensions({ valibotSchema, jsonSchema }: OverrideSchemaContext): JsonSchema | undefined {
  // A map with a command in words is one service, not several.
  if (namedSchema.pipe.some((part) => part === valibotSchema) && valibotSchema.type === 'record')
    return { ...jsonSchema, properties: { command: { type: 'object' } } };
  if (valibotSchema.type !== 'strict_object') return undefined;
  return { ...jsonSchema, patternProperties: { [`^${EXTENSION}`]: {} } };
}

/** Adds to every scalar that is more than some text that a variable may stand there. */
function withVariables(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties, anyOf, description, ...rest } = schema;
  const children = {
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, inner(child)])),
    }),
    ...(items !== undefined && { items: Array.isArray(items) ? items.map(inner) : inner(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: inner(additionalProperties) }),
    ...(anyOf !== undefined && { anyOf: anyOf.map(inner) }),
    ...(description !== undefined && { description }),
  };
  const { type } = rest;
  const isScalar = type === 'integer' || type === 'number' || type === 'boolean' || 'const' in rest || 'enum' in rest;
  if (!isScalar && !(type === 'string' && rest.pattern !== undefined)) return { ...rest, ...children };
  return { anyOf: [rest, VARIABLE], ...children };
}

const inner = <S extends JsonSchema | boolean>(schema: S): S =>
  (typeof schema === 'object' ? withVariables(schema) : schema) as S;

/** A text that a variable is put into: it stands wherever a scalar does. */
const VARIABLE: JsonSchema = { type: 'string', pattern: String.raw`\$\{` };

/** The JSON Schema of a topology file, for editors. Apart from the index: what makes it is not needed at run time. */
export function topologyJsonSchema(): JsonSchema {
  const { $schema: _, ...run } = toJsonSchema(runAlternatives, CONFIG);
  const schema = toJsonSchema(topologySchema, {
    ...CONFIG,
    overrideSchema: (context) => (context.valibotSchema === runSchema ? run : withExtensions(context)),
  });
  return { title: 'Netwright topology', ...withVariables(schema) };
}

import {
  toJsonSchema,
  type ConversionConfig,
  type JsonSchema,
  type OverrideSchemaContext,
} from '@valibot/to-json-schema';
import { EXTENSION } from '../format/index.ts';
import { topologySchema } from './schema.ts';
import { namedSchema, runAlternatives, runSchema } from './services/index.ts';

// Some checks have no JSON Schema, such as those of routes and addresses: an editor does not make them.
const CONFIG: ConversionConfig = { typeMode: 'output', errorMode: 'ignore', overrideSchema: withExtensions };

/** Allows extension keys in maps with known keys. */
function withExtensions({ valibotSchema, jsonSchema }: OverrideSchemaContext): JsonSchema | undefined {
  // A map whose `command` is text or a list is one service, not several.
  if (namedSchema.pipe.some((part) => part === valibotSchema) && valibotSchema.type === 'record')
    return { ...jsonSchema, properties: { command: { type: 'object' } } };
  if (valibotSchema.type !== 'strict_object') return undefined;
  return { ...jsonSchema, patternProperties: { [`^${EXTENSION}`]: {} } };
}

/** Allows a variable in place of every scalar that is not plain text. */
function withVariables(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties, anyOf, description, ...rest } = schema;
  const children = {
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, convertChild(child)])),
    }),
    ...(items !== undefined && { items: Array.isArray(items) ? items.map(convertChild) : convertChild(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: convertChild(additionalProperties) }),
    ...(anyOf !== undefined && { anyOf: anyOf.map(convertChild) }),
    ...(description !== undefined && { description }),
  };
  const { type } = rest;
  const isScalar = type === 'integer' || type === 'number' || type === 'boolean' || 'const' in rest || 'enum' in rest;
  if (!isScalar && !(type === 'string' && rest.pattern !== undefined)) return { ...rest, ...children };
  return { anyOf: [rest, VARIABLE], ...children };
}

const convertChild = <S extends JsonSchema | boolean>(schema: S): S =>
  (typeof schema === 'object' ? withVariables(schema) : schema) as S;

/** Text that contains a variable. */
const VARIABLE: JsonSchema = { type: 'string', pattern: String.raw`\$\{` };

/** The JSON Schema of a topology file, for editors. Not in index.ts: only the build needs it. */
export function topologyJsonSchema(): JsonSchema {
  const { $schema: _, ...run } = toJsonSchema(runAlternatives, CONFIG);
  const schema = toJsonSchema(topologySchema, {
    ...CONFIG,
    overrideSchema: (context) => (context.valibotSchema === runSchema ? run : withExtensions(context)),
  });
  return { title: 'Netwright topology', ...withVariables(schema) };
}

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { topologyJsonSchema } from './json-schema.ts';
import { parseTopology } from './index.ts';

interface Schema {
  readonly [key: string]: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
}
const schema = JSON.parse(JSON.stringify(topologyJsonSchema())) as Schema;

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;

/** Whether a value is valid, as in an editor. Supports all JSON Schema keywords that the topology schema uses. */
function accepts(subschema: Schema | boolean, value: unknown): boolean {
  if (typeof subschema === 'boolean') return subschema;
  const { $ref, anyOf, type, properties = {}, patternProperties = {}, additionalProperties = true, items } = subschema;
  if (typeof $ref === 'string')
    return accepts((schema['$defs'] as Record<string, Schema>)[$ref.split('/').at(-1)!]!, value);
  const actual = typeOf(value);
  if (anyOf?.some((alternative) => accepts(alternative, value)) === false) return false;
  if (type !== undefined && type !== actual && !(type === 'number' && actual === 'integer')) return false;
  if ('const' in subschema && subschema['const'] !== value) return false;
  if ('enum' in subschema && !(subschema['enum'] as unknown[]).includes(value)) return false;
  if (typeof value === 'string')
    return typeof subschema['pattern'] !== 'string' || new RegExp(subschema['pattern'], 'u').test(value);
  if (typeof value === 'number')
    return value >= Number(subschema['minimum'] ?? value) && value <= Number(subschema['maximum'] ?? value);
  if (Array.isArray(value)) return items === undefined || value.every((item) => accepts(items, item));
  if (actual !== 'object') return true;
  return (
    (subschema.required ?? []).every((key) => Object.hasOwn(value as object, key)) &&
    Object.entries(value as object).every(([key, child]) => {
      const patterns = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern, 'u').test(key));
      if (subschema.propertyNames !== undefined && !accepts(subschema.propertyNames, key)) return false;
      if (Object.hasOwn(properties, key)) return accepts(properties[key]!, child);
      return patterns.length > 0
        ? patterns.every(([, pattern]) => accepts(pattern, child))
        : accepts(additionalProperties, child);
    })
  );
}

/** Whether a file is valid in an editor, which resolves merge keys. */
const isValid = (text: string): boolean => accepts(schema, parse(text, { merge: true }));

test('the JSON Schema accepts every example, as the parser does', () => {
  const examples = readdirSync('examples').filter((name) => name.endsWith('.yaml'));
  assert(examples.length > 5);
  for (const name of examples) {
    const text = readFileSync(`examples/${name}`, 'utf8');
    assert(isValid(text), name);
    parseTopology(text, name);
  }
});

test('the JSON Schema accepts merge keys, keys with x-, variables and hosts, as the parser does', () => {
  for (const text of [
    'x-b: &b { networks: [lan], x-c: 1 }\nnetworks: { lan: { x-d: [] } }\nnodes: { a: { <<: *b }, b: { <<: [*b, { forward: true }] } }',
    'name: ${LAB:-lab}\nnetworks: { lan: { subnet: 10.0.0.0/24, mtu: "${MTU:-1500}", internet: "${OUT:-true}" } }',
    'nodes: { a: { run: { command: x, env: { A: 08, B: "${C:-}" }, restart: "${R:-always}", ready: { tcp: "${P:-80}" } } } }',
    'nodes: { a: { hosts: { x: 192.0.2.1 } } }\nhosts: { a.test: 192.0.2.1, b.test: ["${IP:-192.0.2.2}", "2001:db8::1"] }',
    'nodes: { b: { firewall: { input: "${V:-deny}" } } }',
  ]) {
    assert(isValid(text), text);
    parseTopology(text, 'f.yaml');
  }
});

test('the JSON Schema rejects what the parser rejects', () => {
  for (const text of [
    'nodez: {}',
    'x-b: &b { netwroks: [lan] }\nnodes: { a: { <<: *b } }',
    'networks: { lan: { mtu: 10 } }',
    'networks: { lan: { mtu: "1500" } }',
    'nodes: { a: { internet: yes } }',
    'nodes: { a: { run: { command: x, restart: often } } }',
    'nodes: { a: { run: { command: [sleep, 5] } } }',
    'nodes: { A: {} }',
  ]) {
    assert(!isValid(text), text);
    assert.throws(() => parseTopology(text, 'f.yaml'), { code: 'ERR_TOPOLOGY' });
  }
});

test('the documentation has every key and every default value of the schema', () => {
  const pages = ['topology', 'services', 'nat', 'firewall', 'publish']
    .map((name) => readFileSync(`docs/${name}.md`, 'utf8'))
    .join('\n');
  const words = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('properties' in value) for (const key of Object.keys(value.properties as object)) words.add(`\`?\\b${key}\\b`);
    const { description } = value as { readonly description?: unknown };
    if (typeof description === 'string')
      for (const [, number, unit] of description.matchAll(/\b(\d+)(s?)(?: when absent| with | unless subschema)/g))
        words.add(`\\b${number} ?${unit}\\b`);
    Object.values(value).forEach(visit);
  };
  visit(schema);
  assert(words.size > 60);
  assert.deepEqual(
    [...words].filter((word) => !new RegExp(word).test(pages)),
    [],
  );
});

test('the JSON Schema has the top-level keys, and no others', () => {
  const schema = topologyJsonSchema() as { properties: Record<string, unknown>; additionalProperties: boolean };
  assert.deepEqual(Object.keys(schema.properties), ['name', 'networks', 'nodes', 'links', 'hosts', 'expect']);
  assert.equal(schema.additionalProperties, false);
});

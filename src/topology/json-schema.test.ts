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

/** Whether an editor takes a value: what of JSON Schema the topology's has, all of it. */
function takes(given: Schema | boolean, value: unknown): boolean {
  if (typeof given === 'boolean') return given;
  const { $ref, anyOf, type, properties = {}, patternProperties = {}, additionalProperties = true, items } = given;
  if (typeof $ref === 'string')
    return takes((schema['$defs'] as Record<string, Schema>)[$ref.split('/').at(-1)!]!, value);
  const actual = typeOf(value);
  if (anyOf?.some((one) => takes(one, value)) === false) return false;
  if (type !== undefined && type !== actual && !(type === 'number' && actual === 'integer')) return false;
  if ('const' in given && given['const'] !== value) return false;
  if ('enum' in given && !(given['enum'] as unknown[]).includes(value)) return false;
  if (typeof value === 'string')
    return typeof given['pattern'] !== 'string' || new RegExp(given['pattern'], 'u').test(value);
  if (typeof value === 'number')
    return value >= Number(given['minimum'] ?? value) && value <= Number(given['maximum'] ?? value);
  if (Array.isArray(value)) return items === undefined || value.every((item) => takes(items, item));
  if (actual !== 'object') return true;
  return (
    (given.required ?? []).every((key) => Object.hasOwn(value as object, key)) &&
    Object.entries(value as object).every(([key, child]) => {
      const patterns = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern, 'u').test(key));
      if (given.propertyNames !== undefined && !takes(given.propertyNames, key)) return false;
      if (Object.hasOwn(properties, key)) return takes(properties[key]!, child);
      return patterns.length > 0 ? patterns.every(([, one]) => takes(one, child)) : takes(additionalProperties, child);
    })
  );
}

/** What an editor makes of a file: merge keys included. */
const isValid = (text: string): boolean => takes(schema, parse(text, { merge: true }));

test('the JSON Schema takes every example, as the reader does', () => {
  const examples = readdirSync('examples').filter((name) => name.endsWith('.yaml'));
  assert(examples.length > 5);
  for (const name of examples) {
    const text = readFileSync(`examples/${name}`, 'utf8');
    assert(isValid(text), name);
    parseTopology(text, name);
  }
});

test('the JSON Schema takes merge keys, keys with x-, variables and hosts, as the reader does', () => {
  for (const text of [
    'x-b: &b { networks: [lan], x-c: 1 }\nnetworks: { lan: { x-d: [] } }\nnodes: { a: { <<: *b }, b: { <<: [*b, { forward: true }] } }',
    'name: ${LAB:-lab}\nnetworks: { lan: { subnet: 10.0.0.0/24, mtu: "${MTU:-1500}", internet: "${OUT:-true}" } }',
    'nodes: { a: { run: { command: x, env: { A: 08, B: "${C:-}" }, restart: "${R:-always}", ready: { tcp: "${P:-80}" } } } }',
    'nodes: { a: { hosts: { x: 192.0.2.1 } } }\nhosts: { a.test: 192.0.2.1, b.test: ["${IP:-192.0.2.2}", "2001:db8::1"] }',
    'nodes: { b: { firewall: { input: "${V:-deny}" } } }'.replace('nat: "${NAT:-home}"', ''),
  ]) {
    assert(isValid(text), text);
    parseTopology(text, 'f.yaml');
  }
});

test('the JSON Schema refuses what the reader refuses', () => {
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

test('every key and every default that the schema tells of is in the pages', () => {
  const pages = ['topology', 'services', 'nat', 'firewall', 'publish']
    .map((name) => readFileSync(`docs/${name}.md`, 'utf8'))
    .join('\n');
  const words = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('properties' in value) for (const key of Object.keys(value.properties as object)) words.add(`\`?\\b${key}\\b`);
    const { description } = value as { readonly description?: unknown };
    if (typeof description === 'string')
      for (const [, number, unit] of description.matchAll(/\b(\d+)(s?)(?: when absent| with | unless given)/g))
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

test('the JSON Schema knows the keys', () => {
  const schema = topologyJsonSchema() as { properties: Record<string, unknown>; additionalProperties: boolean };
  assert.deepEqual(Object.keys(schema.properties), ['name', 'networks', 'nodes', 'links', 'hosts', 'expect']);
  assert.equal(schema.additionalProperties, false);
});

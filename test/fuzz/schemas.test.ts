// Values and bytes made from the schemas alone. To repeat a failure, give FUZZ_SEED the seed that it names; more cases
// come of NETWRIGHT_FUZZ=full, or of a larger FUZZ_CASES.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeMessage, routeSchema } from '../../src/rtnetlink/route/route.ts';
import { Bytes, DecodeError, locate, Writer, type AnyCodec } from '../../src/wire/index.ts';
import { casesOf } from '../support/fuzz.ts';
import { generate, someBytes } from './generate.ts';
import { Random } from './random.ts';
import { schemas } from './schemas.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const CASES = casesOf('FUZZ_CASES', 1000, 100);
/** Damaged versions of each case. */
const MUTANTS = 5;
/** Enough for each attribute of the largest set to come up. */
const COVERAGE_CASES = 300;
const MARGIN = 64;

for (const codec of schemas) {
  test(`${codec.name}: what is read is written back the same`, () => {
    forEachCase((random) => {
      const bytes = valid(codec, random);
      const value: unknown = codec.read(new Bytes(bytes), 0, bytes.length);
      const to = new Writer(16);
      codec.write(to, value);
      assert.deepEqual(hex(to.written()), hex(padded(bytes)));
      assert.deepEqual(codec.read(new Bytes(to.written()), 0, to.length), value);
    });
  });

  test(`${codec.name}: damaged bytes are refused or read, within their range`, () => {
    let refused = 0;
    let read = 0;
    forEachCase((random) => {
      const bytes = valid(codec, random);
      for (let i = 0; i < MUTANTS; i++) {
        const mutant = mutate(bytes, random);
        const a = outcome(codec, mutant, 0x00);
        const b = outcome(codec, mutant, 0xff);
        assert.deepEqual(a, b, 'what surrounds the message changed what was read');
        if ('error' in a) refused++;
        else read++;
      }
    });
    assert.ok(refused > 0 && read > 0, `${refused} refused, ${read} read: the mutations test nothing`);
  });

  test(`${codec.name}: every byte of a message has a path`, () => {
    forEachCase((random) => {
      const bytes = valid(codec, random);
      const path = locate(codec, new Bytes(bytes), 0, bytes.length, random.below(bytes.length + 8));
      assert.ok(path === codec.name || path.startsWith(`${codec.name}.`), path);
    });
  });
}

test('routes are read as their schema has it, damaged ones too, their members in the same order', () => {
  forEachCase((random) => {
    const bytes = valid(routeSchema, random);
    for (const one of [bytes, ...Array.from({ length: MUTANTS }, () => mutate(bytes, random))])
      assert.deepEqual(inOrder(outcome(routeMessage, one, 0xff)), inOrder(outcome(routeSchema, one, 0xff)));
  });
});

test('the cases reach every attribute of every schema', () => {
  const expected = new Set<string>();
  const seen = new Set<string>();
  const sets: AnyCodec[] = [];
  for (const codec of schemas) declared(codec, expected, sets);
  for (const codec of sets) {
    forEachCase((random) => {
      const bytes = valid(codec, random);
      met(codec, codec.read(new Bytes(bytes), 0, bytes.length), seen);
    }, COVERAGE_CASES);
  }
  assert.ok(expected.size > 200, `only ${expected.size} attributes are declared`);
  assert.deepEqual(
    [...expected].filter((name) => !seen.has(name)),
    [],
  );
});

/** The names of all attributes that `codec` may hold, and the sets that they are in. */
function declared(codec: AnyCodec, names: Set<string>, sets: AnyCodec[], within = new Set<AnyCodec['shape']>()): void {
  const shape = codec.shape;
  if (within.has(shape)) return;
  within.add(shape);
  assert.notEqual(shape.type, 'custom', `${codec.name} says nothing about its bytes`);
  if (shape.type === 'message' || shape.type === 'records') declared(shape.attributes, names, sets, within);
  if (shape.type === 'list') declared(shape.element, names, sets, within);
  if (shape.type !== 'attributes') return;
  sets.push(codec);
  for (const field of shape.fields.values()) {
    names.add(`${codec.name}.${field.name}`);
    if (field.codec !== undefined) declared(field.codec, names, sets, within);
    for (const inner of Object.values(field.selected?.registry ?? {})) declared(inner, names, sets, within);
  }
}

/** The names of all attributes that stand in a value. */
function met(codec: AnyCodec, value: unknown, names: Set<string>): void {
  const shape = codec.shape;
  if (shape.type === 'message') return met(shape.attributes, value, names);
  if (Array.isArray(value)) {
    const element = shape.type === 'list' ? shape.element : shape.type === 'records' ? shape.attributes : codec;
    for (const item of value as unknown[]) met(element, item, names);
    return;
  }
  if (shape.type !== 'attributes') return;
  const set = value as Record<string, unknown>;
  for (const field of shape.fields.values()) {
    const content = set[field.name];
    if (content === undefined) continue;
    names.add(`${codec.name}.${field.name}`);
    const key = field.selected === undefined ? undefined : (set[field.selected.by] as string | undefined);
    const inner =
      field.selected === undefined ? field.codec : key === undefined ? undefined : field.selected.registry[key];
    if (inner !== undefined && typeof content === 'object') met(inner, content, names);
  }
}

function forEachCase(check: (random: Random) => void, cases = CASES): void {
  for (let i = 0; i < cases; i++) {
    const seed = SEED + i;
    try {
      check(new Random(seed));
    } catch (error) {
      throw new Error(`with FUZZ_SEED=${seed} FUZZ_CASES=1`, { cause: error });
    }
  }
}

function valid(codec: AnyCodec, random: Random): Uint8Array {
  const to = new Writer(16);
  const end = generate(codec, to, random);
  return to.u8.slice(0, end);
}

/** What reading gives, in the middle of a buffer that is otherwise `poison`. */
function outcome(codec: AnyCodec, bytes: Uint8Array, poison: number): { value: unknown } | { error: string } {
  const buffer = new Uint8Array(MARGIN + bytes.length + MARGIN).fill(poison);
  buffer.set(bytes, MARGIN);
  try {
    return { value: codec.read(new Bytes(buffer), MARGIN, MARGIN + bytes.length) as unknown };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { error: error.message };
  }
}

const inOrder = (of: ReturnType<typeof outcome>): unknown =>
  'error' in of ? of : Object.entries(of.value as Record<string, unknown>);

function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const mutant = Uint8Array.from(bytes);
  switch (random.below(5)) {
    case 0:
      return mutant.slice(0, random.below(mutant.length + 1));
    case 1:
      return Uint8Array.from([...mutant, ...someBytes(random, 1 + random.below(12))]);
    case 2: {
      // A length or a type: attributes begin at multiples of four.
      const at = 4 * random.below((mutant.length >> 2) + 1);
      const length = random.pick([0, 1, 2, 3, 4, 5, 8, 0x7f, 0xff, 0x7fff, 0xffff, random.below(64)]);
      if (at + 1 < mutant.length) mutant.set([length & 0xff, length >> 8], at);
      return mutant;
    }
    case 3:
      for (let n = 1 + random.below(4); n > 0 && mutant.length > 0; n--)
        mutant[random.below(mutant.length)] = random.byte();
      return mutant;
    default: {
      // A piece of the message over another, so that attributes repeat and come before what they depend on.
      const from = 4 * random.below((mutant.length >> 2) + 1);
      const to = 4 * random.below((mutant.length >> 2) + 1);
      mutant.copyWithin(to, from, from + 4 * (1 + random.below(16)));
      return mutant;
    }
  }
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array((bytes.length + 3) & ~3);
  whole.set(bytes);
  return whole;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

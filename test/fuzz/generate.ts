import { Bytes, Writer, type AnyCodec, type AttributeShape } from '../../src/wire/index.ts';
import type { Random } from './random.ts';

/** Sets nest in themselves (a veth's peer is a link): from here on only scalars are generated. */
const MAX_DEPTH = 6;
const MAX_TEXT = 40;
const MAX_BYTES = 70;

/**
 * Appends bytes that `codec` can read and would write the same: made from its shape alone, in any order and with
 * attributes that its schema does not know. Returns where they end, padding not counted.
 */
export function generate(codec: AnyCodec, to: Writer, random: Random, depth = 0): number {
  const shape = codec.shape;
  switch (shape.type) {
    case 'integer': {
      if (codec.name === 'bool') return raw(to, [random.below(2)]);
      return raw(to, someBytes(random, shape.bytes));
    }
    case 'flag':
      return to.length;
    case 'text': {
      const length = random.below(Math.min(shape.max, MAX_TEXT));
      return raw(to, [...someBytes(random, length).map((byte) => byte || 0x61), 0]);
    }
    case 'bytes':
      return raw(to, someBytes(random, shape.min + random.below(Math.min(shape.max - shape.min, MAX_BYTES) + 1)));
    case 'address':
      return raw(to, someBytes(random, random.pick(shape.lengths)));
    case 'struct': {
      // Longer structs are those of a later kernel.
      const extra = random.oneIn(8) ? 4 * (1 + random.below(3)) : 0;
      return raw(to, [...fixed(codec, shape.size, random), ...someBytes(random, extra)]);
    }
    case 'attributes': {
      if (depth >= MAX_DEPTH) return to.length;
      return attributes(shape.fields, to, random, depth);
    }
    case 'list': {
      const count = depth >= MAX_DEPTH ? 0 : random.below(4);
      for (let i = 0; i < count; i++) {
        const start = to.beginAttribute(shape.elementType === 'any' ? i + 1 : shape.elementType);
        to.endAttribute(start, generate(shape.element, to, random, depth + 1));
      }
      return to.length;
    }
    case 'message':
      raw(to, fixed(shape.header, sizeOf(shape.header), random));
      return generate(shape.attributes, to, random, depth + 1);
    case 'records': {
      const count = random.below(4);
      for (let i = 0; i < count; i++) {
        const start = to.length;
        raw(to, fixed(shape.header, shape.headerSize, random));
        generate(shape.attributes, to, random, depth + 1);
        new DataView(to.u8.buffer).setUint16(start, to.length - start, LITTLE);
      }
      return to.length;
    }
    case 'custom':
      return raw(to, someBytes(random, random.below(MAX_BYTES)));
    default:
      return shape satisfies never;
  }
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function attributes(fields: ReadonlyMap<number, AttributeShape>, to: Writer, random: Random, depth: number): number {
  // From one attribute to all of them.
  const sparse = 1 + random.below(8);
  const chosen = shuffled([...fields.values()], random).filter(() => random.oneIn(sparse));
  const written = new Set<string>();
  const siblings = new Map<string, string>();

  const write = (field: AttributeShape): void => {
    if (written.has(field.name)) return;
    written.add(field.name);
    if (field.selected !== undefined) {
      const { by, registry } = field.selected;
      const selector = [...fields.values()].find((other) => other.name === by)!;
      if (!written.has(by) && !random.oneIn(6)) {
        // Any kind that has a schema, and sometimes one that has none.
        const key = random.oneIn(6) ? 'nobody' : random.pick([...Object.keys(registry), 'nobody']);
        siblings.set(by, key);
        write(selector);
      }
      const key = siblings.get(by);
      const inner = key !== undefined && Object.hasOwn(registry, key) ? registry[key] : undefined;
      const start = to.beginAttribute(field.number);
      to.endAttribute(
        start,
        inner === undefined ? raw(to, someBytes(random, random.below(20))) : generate(inner, to, random, depth + 1),
      );
      return;
    }
    const start = to.beginAttribute(field.number);
    const key = siblings.get(field.name);
    const end =
      key === undefined ? generate(field.codec!, to, random, depth + 1) : raw(to, [...Buffer.from(key, 'latin1'), 0]);
    to.endAttribute(start, end);
    if (key === undefined && field.codec!.shape.type === 'text') {
      siblings.set(field.name, Buffer.from(to.u8.subarray(start + 4, end - 1)).toString('latin1'));
    }
  };

  for (const field of chosen) write(field);
  if (random.oneIn(4)) unknown(fields, to, random);
  return to.length;
}

/** An attribute of a later kernel, or a known one whose flags differ. */
function unknown(fields: ReadonlyMap<number, AttributeShape>, to: Writer, random: Random): void {
  const number = random.pick([
    200 + random.below(100),
    0x8000 | (200 + random.below(100)),
    0x4000 | (1 + random.below(60)),
  ]);
  if ([...fields.values()].some((field) => field.number === number)) return;
  to.endAttribute(to.beginAttribute(number), raw(to, someBytes(random, random.below(30))));
}

/** The bytes of a struct, those that mean nothing zero. */
function fixed(codec: AnyCodec, size: number, random: Random): number[] {
  const any = Uint8Array.from(someBytes(random, size));
  const to = new Writer();
  const end = codec.write(to, codec.read(new Bytes(any), 0, size));
  return [...to.u8.subarray(0, end)];
}

function sizeOf(codec: AnyCodec): number {
  return codec.shape.type === 'struct' ? codec.shape.size : 0;
}

export function someBytes(random: Random, length: number): number[] {
  return Array.from({ length }, () => random.byte());
}

function raw(to: Writer, bytes: readonly number[]): number {
  const at = to.reserve(bytes.length);
  to.u8.set(bytes, at);
  return at + bytes.length;
}

function shuffled<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

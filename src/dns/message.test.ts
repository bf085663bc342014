import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { addressesFor } from './answer.ts';
import { DnsError } from './error.ts';
import { frame, readFrame } from './frame.ts';
import { readMessage, RecordType, writeMessage, type Message } from './message.ts';
import { readName, writeName } from './name.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));

/** A response as a server sends it to dig: www.example.com, an alias, with name compression. */
const RESPONSE = bytes(`
  beef 8180 0001 0002 0000 0001
  03 777777 07 6578616d706c65 03 636f6d 00 0001 0001
  c00c 0005 0001 0000003c 0004 01 61 c010
  c02d 0001 0001 0000000a 0004 cb007105
  00 0029 04d0 00000000 0000`);

test('a response with name compression is parsed', () => {
  const message = readMessage(RESPONSE);
  assert.deepEqual(message, {
    id: 0xbeef,
    response: true,
    opcode: 0,
    truncated: false,
    recursionDesired: true,
    responseCode: 0,
    questions: [{ name: 'www.example.com', type: 1, class: 1 }],
    answers: [
      { name: 'www.example.com', type: 5, class: 1, ttl: 60, target: 'a.example.com' },
      { name: 'a.example.com', type: 1, class: 1, ttl: 10, address: '203.0.113.5' },
    ],
    udpSize: 1232,
  });
  assert.deepEqual(readMessage(writeMessage(message)), message);
  const answer = addressesFor(message.questions[0]!, message);
  assert.deepEqual([answer.addresses, answer.ttl, answer.records.length], [['203.0.113.5'], 10, 2]);
});

const throwsOnlyDnsError = (input: Uint8Array): void => {
  try {
    readMessage(input);
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
  }
};

test('a truncated message is refused, and a modified one throws nothing but DnsError', () => {
  for (let length = 0; length < RESPONSE.length; length++)
    assert.throws(() => readMessage(RESPONSE.subarray(0, length)), DnsError, String(length));
  for (let at = 0; at < RESPONSE.length; at++)
    for (const value of [0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff]) throwsOnlyDnsError(RESPONSE.with(at, value));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), throwsOnlyDnsError));
});

test('names with pointers in a loop or forward, and names that are too long, are refused', () => {
  for (const [hex, at] of [
    ['c000', 0],
    ['01 61 c000', 0],
    ['c002 c000', 0],
    ['c004 0000 00', 0],
    ['40 00', 0],
    ['3f 61', 0],
  ] as const)
    assert.throws(() => readName(bytes(hex), at), DnsError, hex);
  assert.throws(() => readName(bytes(`${`3f${'61'.repeat(63)}`.repeat(4)}00`), 0), DnsError);
});

test('a name is written as it was read', () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((octets) => [octets.length, ...octets]);
  fc.assert(
    fc.property(fc.array(label, { maxLength: 5 }), (labels) => {
      const { name } = readName(Uint8Array.from([...labels.flat(), 0]), 0);
      assert.deepEqual(readName(writeName(name), 0).name, name);
    }),
  );
  for (const name of ['a..b', '.', 'a'.repeat(64), Array.from({ length: 5 }, () => 'a'.repeat(60)).join('.')])
    assert.throws(() => writeName(name), DnsError, name);
});

const record = (name: string, address: string) =>
  ({ name, type: RecordType.A, class: 1, ttl: 60, address }) as Message['answers'][number];
const alias = (name: string, target: string) => ({ name, type: RecordType.CNAME, class: 1, ttl: 60, target });

test('records of other names do not answer the question', () => {
  const question = { name: 'a.example', type: RecordType.A, class: 1 };
  const addresses = (...answers: Message['answers'][number][]) => addressesFor(question, { answers }).addresses;
  assert.deepEqual(addresses(record('b.example', '192.0.2.1')), []);
  assert.deepEqual(addresses(record('a.example', '192.0.2.1'), record('b.example', '192.0.2.2')), ['192.0.2.1']);
  assert.deepEqual(addresses(alias('a.example', 'b.example'), record('b.example', '192.0.2.2')), ['192.0.2.2']);
  assert.deepEqual(addresses(alias('c.example', 'b.example'), record('b.example', '192.0.2.2')), []);
  assert.deepEqual(addresses(alias('a.example', 'a.example'), record('b.example', '192.0.2.2')), []);
});

test('messages over TCP are separated by their length fields, however they are segmented', () => {
  const [a, b] = [bytes('01 02 03'), bytes('')];
  const sent = Buffer.concat([frame(a), frame(b), frame(new Uint8Array(300).fill(7))]);
  assert.equal(sent.subarray(0, 7).toString('hex'), '00030102030000');
  const received: Uint8Array[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for (const octet of sent) {
    rest = Buffer.concat([rest, Uint8Array.of(octet)]);
    for (let next = readFrame(rest); next !== undefined; next = readFrame(rest)) {
      received.push(next.message);
      ({ rest } = next);
    }
  }
  assert.deepEqual([received, rest.length], [[a, b, new Uint8Array(300).fill(7)], 0]);
  assert.throws(() => readFrame(Buffer.from([1, 0]), 255), DnsError);
  assert.equal(readFrame(Buffer.from([0, 255]), 255), undefined);
});

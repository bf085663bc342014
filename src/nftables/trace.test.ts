import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packetOf } from './trace.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

const V4 = '4500 003c 1234 4000 40 06 0000 c613fffe cb00710a';
const V6 = '60000000 0014 3a 40 fd6e7772756e00000000000000000002 20010db8007700000000000000000010';

test('reads addresses, protocol and ports from the headers', () => {
  assert.deepEqual(packetOf(bytes(V4), bytes('c001 01bb 00000000')), {
    source: '198.19.255.254',
    destination: '203.0.113.10',
    protocol: 6,
    sourcePort: 0xc001,
    destinationPort: 443,
  });
  assert.deepEqual(packetOf(bytes(V6), bytes('80 00 0000')), {
    source: 'fd6e:7772:756e::2',
    destination: '2001:db8:77::10',
    protocol: 58,
    type: 128,
  });
});

test('reads truncated headers as far as they go, and none as undefined', () => {
  assert.deepEqual(packetOf(bytes(V4), bytes('c001 01')), {
    source: '198.19.255.254',
    destination: '203.0.113.10',
    protocol: 6,
  });
  for (let length = 0; length < 40; length++) assert.equal(packetOf(bytes(V6).subarray(0, length)), undefined);
  assert.equal(packetOf(undefined), undefined);
  assert.equal(packetOf(bytes('00'.repeat(40))), undefined);
});

import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  AddressError,
  addressOf,
  broadcastOf,
  cidr,
  contains,
  deriveMac,
  hostRange,
  ipFromBigInt,
  ipFromBytes,
  ipToBigInt,
  ipToBytes,
  isIp,
  joinedSpans,
  linkLocal,
  macFromBytes,
  networkOf,
  networksOf,
  nthAddress,
  overlaps,
  parseCidr,
  parseIp,
  parseMac,
  parseNetwork,
  prefixLength,
  writeMac,
} from './index.ts';

const v6bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Addresses with runs of zero groups, for the rules about `::`. */
const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 0xab, 0xffff), { minLength: 8, maxLength: 8 }).map((groups) => {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  groups.forEach((group, i) => view.setUint16(2 * i, group));
  return bytes;
});

test('IPv6 addresses are formatted as in RFC 5952, and as in URLs', () => {
  fc.assert(
    fc.property(fc.oneof(v6bytes, sparse), (bytes) => {
      const text = ipFromBytes(bytes, 0, 6);
      // URLs never have the last 32 bits as IPv4, which RFC 5952 recommends for well-known prefixes.
      if (!text.includes('.')) assert.equal(new URL(`http://[${text}]/`).hostname, `[${text}]`);
      assert.ok(isIPv6(text));
      assert.deepEqual(ipToBytes(text), bytes);
      assert.equal(parseIp(text.toUpperCase()), text);
    }),
  );
  assert.equal(parseIp('2001:DB8:0:0:1:0:0:1'), '2001:db8::1:0:0:1');
  assert.equal(parseIp('0:0:0:0:0:ffff:c000:0201'), '::ffff:192.0.2.1');
  assert.equal(parseIp('1::'), '1::');
  assert.equal(parseIp('0:1:2:3:4:5:6:7'), '0:1:2:3:4:5:6:7');
});

test('the same texts are addresses as in node:net', () => {
  const similar = fc.stringMatching(/^[0-9a-f:.]{1,20}$/);
  fc.assert(
    fc.property(fc.oneof(similar, fc.ipV4(), fc.ipV6()), (text) => {
      assert.equal(isIp(text), isIPv4(text) || isIPv6(text), text);
    }),
    { numRuns: 2000 },
  );
  for (const text of [
    '01.2.3.4',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '',
    ':',
    '1:2',
    '1::2::3',
    '::1%eth0',
    ' 1.2.3.4',
  ]) {
    assert.throws(() => parseIp(text), AddressError, text);
  }
});

test('addresses convert to numbers and back', () => {
  fc.assert(
    fc.property(v6bytes, (bytes) => {
      const ip = ipFromBytes(bytes, 0, 6);
      assert.equal(ipFromBigInt(ipToBigInt(ip), 6), ip);
    }),
  );
  assert.equal(ipToBigInt(parseIp('10.0.0.1')), 0x0a000001n);
});

test('a network contains exactly the addresses with its prefix', () => {
  const prefix = fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 }));
  fc.assert(
    fc.property(prefix, fc.uint8Array({ minLength: 4, maxLength: 4 }), ([bytes, length], other) => {
      const network = networkOf(cidr(ipFromBytes(bytes, 0, 4), length));
      const ip = ipFromBytes(other, 0, 4);
      const shift = BigInt(32 - length);
      const inside = ipToBigInt(addressOf(network)) >> shift === ipToBigInt(ip) >> shift;
      assert.equal(contains(network, ip), inside);
      assert.equal(overlaps(network, cidr(ip, 32)), inside);
      const { first, last } = hostRange(network);
      assert.ok(first <= last && contains(network, ipFromBigInt(first, 4)) && contains(network, ipFromBigInt(last, 4)));
    }),
  );
  assert.deepEqual(hostRange(parseNetwork('10.0.0.0/24')), { first: 0x0a000001n, last: 0x0a0000fen });
  assert.deepEqual(hostRange(parseNetwork('10.0.0.0/31')), { first: 0x0a000000n, last: 0x0a000001n });
  assert.equal(nthAddress(parseNetwork('fd00::/64'), 258), 'fd00::102');
  assert.equal(prefixLength(parseCidr('10.1.2.3/8')), 8);
});

test('networks joined to spans, and spans split into networks, have the same addresses', () => {
  const network = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
    .map(([last, length]) => networkOf(cidr(ipFromBytes(Uint8Array.of(255, 255, 255, last), 0, 4), length)));
  fc.assert(
    fc.property(fc.array(network, { minLength: 1, maxLength: 8 }), (networks) => {
      const spans = joinedSpans(networks);
      const split = spans.flatMap((span) => networksOf(span, 4));
      for (let last = 0; last < 256; last++) {
        const ip = ipFromBytes(Uint8Array.of(255, 255, 255, last), 0, 4);
        const inside = networks.some((network) => contains(network, ip));
        const n = ipToBigInt(ip);
        assert.equal(spans.filter(({ low, high }) => low <= n && n <= high).length, inside ? 1 : 0);
        assert.equal(split.filter((network) => contains(network, ip)).length, inside ? 1 : 0);
      }
      for (const [i, { low }] of spans.entries()) assert.ok(i === 0 || low > spans[i - 1]!.high + 1n, 'they touch');
      assert.deepEqual(joinedSpans(split), spans);
    }),
  );
  assert.deepEqual(networksOf(joinedSpans([parseNetwork('::/0')])[0]!, 6), ['::/0']);
  assert.deepEqual(networksOf({ low: 1n, high: 8n }, 6), ['::1/128', '::2/127', '::4/126', '::8/128']);
});

test('errors for invalid prefixes suggest valid ones', () => {
  assert.throws(() => parseCidr('10.0.0.1'), /needs a prefix length, such as 10\.0\.0\.1\/24/);
  assert.throws(() => parseCidr('10.0.0.1/33'), /expected 0 to 32/);
  assert.throws(() => parseCidr('fd00::1/064'), /expected 0 to 128/);
  assert.throws(() => parseNetwork('10.0.0.1/24'), /the network is 10\.0\.0\.0\/24/);
});

test('MAC addresses', () => {
  assert.equal(parseMac('02-00-5E-10-00-0a'), '02:00:5e:10:00:0a');
  assert.throws(() => parseMac('02:00:5e:10:00'), AddressError);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
      const target = new Uint8Array(6);
      writeMac(macFromBytes(bytes, 0), target, 0);
      assert.deepEqual(target, bytes);
    }),
  );
  // RFC 4291, appendix A.
  assert.equal(linkLocal(parseMac('34:56:78:9a:bc:de')), 'fe80::3656:78ff:fe9a:bcde');
});

test('derived MAC addresses are locally administered, unicast, and practically unique', () => {
  const macs = new Set<string>();
  for (let i = 0; i < 20_000; i++) {
    const mac = deriveMac('lab', `node${i}`, 'eth0');
    assert.equal(parseInt(mac.slice(0, 2), 16) & 3, 2);
    macs.add(mac);
  }
  assert.equal(macs.size, 20_000);
  assert.equal(deriveMac('a', 'b'), deriveMac('a', 'b'));
  assert.notEqual(deriveMac('a', 'b'), deriveMac('ab', ''));
});

test('the broadcast address is the last of an IPv4 network up to /30', () => {
  assert.deepEqual(
    ['10.20.0.7/24', '10.20.0.7/8', '172.31.7.5/28', '10.1.1.1/30', '128.0.0.1/1', '1.2.3.4/0'].map((text) =>
      broadcastOf(parseCidr(text)),
    ),
    ['10.20.0.255', '10.255.255.255', '172.31.7.15', '10.1.1.3', '255.255.255.255', '255.255.255.255'],
  );
  for (const text of ['10.0.0.0/31', '10.0.0.1/32', 'fd00::1/64'])
    assert.equal(broadcastOf(parseCidr(text)), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetwrightError } from '../../base/index.ts';
import { formatEgress, parseEgress } from './text.ts';

const ALL = ['tcp', 'udp', 'icmp'];

for (const [text, expected, spelling = text] of [
  ['registry.example:443', { name: 'registry.example', protocols: ['tcp'], ports: [443, 443] }],
  ['registry.example', { name: 'registry.example', protocols: ALL }],
  [
    '*.Example.COM:80-90/udp',
    { name: '*.example.com', protocols: ['udp'], ports: [80, 90] },
    '*.example.com:80-90/udp',
  ],
  ['example.com./icmp', { name: 'example.com', protocols: ['icmp'] }, 'example.com/icmp'],
  ['bücher.example/tcp', { name: 'xn--bcher-kva.example', protocols: ['tcp'] }, 'xn--bcher-kva.example/tcp'],
  ['10.0.0.0/8:5432/tcp', { network: '10.0.0.0/8', protocols: ['tcp'], ports: [5432, 5432] }, '10.0.0.0/8:5432'],
  ['10.0.0.0/8', { network: '10.0.0.0/8', protocols: ALL }],
  ['10.0.0.0/8/udp', { network: '10.0.0.0/8', protocols: ['udp'] }],
  ['192.0.2.7:53/udp', { network: '192.0.2.7/32', protocols: ['udp'], ports: [53, 53] }],
  ['2001:db8::1', { network: '2001:db8::1/128', protocols: ALL }],
  ['2001:db8::/32/tcp', { network: '2001:db8::/32', protocols: ['tcp'] }],
  ['[2001:db8::1]:443', { network: '2001:db8::1/128', protocols: ['tcp'], ports: [443, 443] }],
  ['[2001:db8::/32]:443/udp', { network: '2001:db8::/32', protocols: ['udp'], ports: [443, 443] }],
  ['::/0', { network: '::/0', protocols: ALL }],
] as const) {
  test(`reads ${text}`, () => {
    assert.deepEqual(parseEgress(text), expected);
    assert.equal(formatEgress(parseEgress(text)), spelling);
    assert.deepEqual(parseEgress(spelling), expected);
  });
}

for (const [text, message] of [
  ['', /invalid destination/],
  [':443', /invalid destination/],
  ['example.com:', /invalid port/],
  ['example.com:0', /invalid port/],
  ['example.com:65536', /invalid port/],
  ['example.com:90-80', /invalid port/],
  ['example.com:443/http', /a protocol that is not/],
  ['example.com:1/icmp', /icmp has no ports/],
  ['example.com:443/tcp/udp', /a protocol that is not/],
  ['10.0.0.1/8', /host bits/],
  ['10.0.0', /invalid host/],
  ['0x7f000001', undefined],
  ['2130706433', /invalid host/],
  ['*', /invalid host/],
  ['*.*.example.com', /invalid host/],
  ['a..b', /invalid host/],
  ['-a.example', /invalid host/],
  ['https://example.com', /is a URL/],
  ['localhost:80', /--forward-host/],
  [`${'a'.repeat(64)}.example`, /invalid host/],
  ['fe80::1%eth0', /./],
] as const) {
  test(`refuses "${text.slice(0, 40)}"`, () => {
    // An old notation of 127.0.0.1, which must not pass as a host name.
    if (message === undefined) assert.throws(() => parseEgress(text), NetwrightError);
    else
      assert.throws(
        () => parseEgress(text),
        (error) => error instanceof NetwrightError && message.test(error.message),
      );
  });
}

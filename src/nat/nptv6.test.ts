import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { parseNetwork } from '../addr/index.ts';
import { translatedSubnet } from './nptv6.ts';

/** A prefix of this length with the bits of these 16-bit words. */
const text = (words: readonly number[], length: number): string =>
  `${[0, 1, 2, 3].map((i) => (words[i]! & (0xffff << Math.max(0, Math.min(16, 16 * (i + 1) - length))) & 0xffff).toString(16)).join(':')}::/${length}`;

suite('NPTv6', () => {
  const net = parseNetwork;

  test('the example of RFC 6296, section 3.3', () => {
    assert.equal(
      translatedSubnet(net('fd01:203:405:1::/64'), net('fd01:203:405::/48'), net('2001:db8:1::/48')),
      '2001:db8:1:d550::/64',
    );
  });

  test('the subnet of all ones has no counterpart', () => {
    assert.equal(
      translatedSubnet(net('fd01:203:405:ffff::/64'), net('fd01:203:405::/48'), net('2001:db8:1::/48')),
      undefined,
    );
  });

  test('the translation keeps the checksum, and the reverse translation returns the original subnet', () => {
    const word = fc.nat(0xffff);
    const words = fc.tuple(word, word, word, fc.nat(0xfffe));
    fc.assert(
      fc.property(words, words, fc.constantFrom(16, 32, 40, 48), (a, b, length) => {
        const [inside, outside] = [net(text(a, length)), net(text(b, length))];
        const subnet = net(text(a, 64));
        const translated = translatedSubnet(subnet, inside, outside)!;
        assert.equal(sum(translated), sum(subnet));
        assert.equal(translatedSubnet(translated, outside, inside), subnet);
      }),
    );
  });
});

/** The one's complement sum of a prefix's words; all ones also mean zero. */
function sum(prefix: string): number {
  const words = prefix.replace(/::\/64$/, '').split(':');
  const total = words.reduce((value, word) => value + (word === '' ? 0 : parseInt(word, 16)), 0);
  return total % 0xffff;
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { parseNetwork } from '../../addr/index.ts';
import { checkTopology, compile, type TopologyInput } from '../index.ts';
import { translatedSubnet } from './nptv6.ts';
import { PRESET_NAMES, PRESETS } from './policy.ts';
import { portChoices } from './port-choices.ts';
import { longForm } from './write.ts';

type NatInput = NonNullable<NonNullable<NonNullable<TopologyInput['nodes']>[string]>['nat']>;

const home = (nat: NatInput) => {
  const topology: TopologyInput = {
    name: 'x',
    networks: { lan: { subnet: '10.0.0.0/24', gateway: 'home' }, net: { subnet: '192.0.2.0/24', gateway: 'isp' } },
    nodes: { isp: { networks: ['net'] }, home: { networks: ['lan', 'net'], nat } },
  };
  return compile(checkTopology(topology), { ipv6: true }).state.namespaces['x.home']!;
};

suite('a NAT of a topology', () => {
  for (const name of PRESET_NAMES) {
    test(`${name} is nothing but its long form`, () => {
      assert.deepEqual(home(name), home(longForm(PRESETS[name])));
      assert.deepEqual(home({ preset: name }), home(name));
    });
  }

  test('what is not said is as at home', () => {
    assert.deepEqual(home({ hairpin: true }), home('home'));
    assert.notDeepEqual(home({ hairpin: false }), home('home'));
    assert.deepEqual(home({ mapping: 'endpoint-dependent' }), home({ mapping: 'address-and-port-dependent' }));
  });

  test('its sides may be said as networks or as interfaces', () => {
    for (const outside of ['net', 'eth1']) assert.deepEqual(home({ outside, inside: ['lan'] }), home('home'));
    assert.deepEqual(home({ inside: 'eth0' }), home('home'));
  });

  test('it forwards, and tracks connections as long as it keeps mappings', () => {
    const { sysctls, links } = home({ 'udp-timeout': '45s', 'tcp-timeout': '1h' });
    assert.equal(sysctls['net.ipv4.ip_forward'], '1');
    assert.equal(links['eth0']!.inet!.forwarding, true);
    assert.equal(sysctls['net.netfilter.nf_conntrack_udp_timeout'], '45');
    assert.equal(sysctls['net.netfilter.nf_conntrack_udp_timeout_stream'], '45');
    assert.equal(sysctls['net.netfilter.nf_conntrack_tcp_timeout_established'], '3600');
  });
});

const apply = (port: number, { mask, xor }: { mask: number; xor: number }): number => (port & mask) ^ xor;

test('the ports to try are in the range, of the right parity, and never the same for an endpoint', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 65535 }),
      fc.nat(65535),
      fc.boolean(),
      fc.nat(65535),
      (low, more, parity, port) => {
        const high = Math.min(65535, low + more);
        const choices = portChoices([low, high], parity).map((choice) => apply(port, choice));
        assert.ok(choices.length > 0);
        assert.ok(choices.every((choice) => choice >= low && choice <= high));
        assert.equal(new Set(choices).size, choices.length);
        // A port at the edge of a range may have no neighbour of its parity to be turned into.
        if (parity && high - low >= 16) assert.ok(choices.every((choice) => choice % 2 === port % 2));
        if (!parity && high - low < 8) assert.equal(choices.length, high - low + 1);
      },
    ),
  );
});

/** The prefix of that length, of the bits of words. */
const text = (some: readonly number[], length: number): string =>
  `${[0, 1, 2, 3].map((i) => (some[i]! & (0xffff << Math.max(0, Math.min(16, 16 * (i + 1) - length))) & 0xffff).toString(16)).join(':')}::/${length}`;

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

  test('changes no sum, and back again gives what there was', () => {
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

/** Of the words of a prefix, in one's complement, in which all ones are zero, too. */
function sum(prefix: string): number {
  const words = prefix.replace(/::\/64$/, '').split(':');
  const total = words.reduce((value, word) => value + (word === '' ? 0 : parseInt(word, 16)), 0);
  return total % 0xffff;
}

const yes = (value: boolean): string => (value ? 'yes' : 'no');

test('the presets are documented in the words that a file takes', () => {
  const rows = readFileSync('docs/nat.md', 'utf8').matchAll(/^\| `([a-z-]+)`[^|]*\|(.*)\|$/gm);
  const documented = [...rows].flatMap(([, name, cells]) =>
    PRESET_NAMES.some((preset) => preset === name) ? [[name!, cells!.split('|').map((cell) => cell.trim())]] : [],
  );
  assert.deepEqual(
    documented,
    PRESET_NAMES.map((name) => {
      const { mapping, filtering, hairpin, ...of } = longForm(PRESETS[name]);
      const ports = yes(of['port-preserving']);
      return [name, [mapping, filtering, yes(hairpin), ports, of['udp-timeout'], of['tcp-timeout']]];
    }),
  );
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { longForm, PRESET_NAMES, PRESETS } from '../../nat/index.ts';
import { checkTopology, compile, type TopologyInput } from '../index.ts';

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
    test(`${name} compiles like its long form`, () => {
      assert.deepEqual(home(name), home(longForm(PRESETS[name])));
      assert.deepEqual(home({ preset: name }), home(name));
    });
  }

  test('absent keys are those of the preset home', () => {
    assert.deepEqual(home({ hairpin: true }), home('home'));
    assert.notDeepEqual(home({ hairpin: false }), home('home'));
    assert.deepEqual(home({ mapping: 'endpoint-dependent' }), home({ mapping: 'address-and-port-dependent' }));
  });

  test('inside and outside can be networks or interfaces', () => {
    for (const outside of ['net', 'eth1']) assert.deepEqual(home({ outside, inside: ['lan'] }), home('home'));
    assert.deepEqual(home({ inside: 'eth0' }), home('home'));
  });

  test('it forwards, and its conntrack timeouts are those of the mappings', () => {
    const { sysctls, links } = home({ 'udp-timeout': '45s', 'tcp-timeout': '1h' });
    assert.equal(sysctls['net.ipv4.ip_forward'], '1');
    assert.equal(links['eth0']!.inet!.forwarding, true);
    assert.equal(sysctls['net.netfilter.nf_conntrack_udp_timeout'], '45');
    assert.equal(sysctls['net.netfilter.nf_conntrack_udp_timeout_stream'], '45');
    assert.equal(sysctls['net.netfilter.nf_conntrack_tcp_timeout_established'], '3600');
  });
});

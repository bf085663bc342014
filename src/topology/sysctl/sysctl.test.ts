import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, parseTopology } from '../index.ts';

test("the user's sysctls override others, with a warning", () => {
  const topology = parseTopology(
    'networks: { x: , y: }\nnodes:\n  a:\n    networks: [x, y]\n    forward: true\n    sysctls:\n      net.ipv4.ip_forward: 0\n      net.ipv4.conf.eth1.rp_filter: "1"',
    'lab.yaml',
  );
  const { state, warnings } = compile(topology, { ipv6: true });
  const { sysctls, links } = state.namespaces['lab.a']!;
  assert.equal(sysctls['net.ipv4.ip_forward'], '0');
  assert.deepEqual(links['eth0']!.inet, { forwarding: false, rpFilter: 0 });
  assert.deepEqual(links['eth1']!.inet, { forwarding: false, rpFilter: 1 });
  assert.equal(warnings.length, 2);
  assert.match(warnings[0]!, /^lab\.yaml:7:28: .*this sysctl disables/);
  assert.match(warnings[1]!, /^lab\.yaml:8:37: strict source validation/);
});

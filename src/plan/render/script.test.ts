import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { parseNetwork } from '../../addr/index.ts';
import type { NetworkState } from '../../model/index.ts';
import { checkTopology, compile } from '../../topology/index.ts';
import { plan } from '../plan.ts';
import { renderScript } from './index.ts';

const nothing: NetworkState = { namespaces: {} };

function stateOf(nodes: Readonly<Record<string, object>>): NetworkState {
  const topology = checkTopology({
    name: 'shop',
    networks: { lan: { subnet: ['10.20.0.0/24', 'fd20::/64'], internet: true } },
    nodes,
  });
  return compile(topology, { ipv6: true, uplink: { v4: parseNetwork('198.18.0.0/26') } }).state;
}

const shop = stateOf({ web: { networks: ['lan'] }, db: { networks: ['lan'], routes: ['blackhole 192.0.2.0/24'] } });

test('a script says what it makes and why, and undoes it', () => {
  assert.equal(renderScript(plan(shop, nothing), { lab: 'shop' }), GOLDEN);
});

test('a shell can read it', () => {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: GOLDEN, encoding: 'utf8' });
  assert.equal(`${stderr}${status}`, '0');
});

test('a script that changes a lab takes the place of what is there, and undoes nothing', () => {
  const changed = stateOf({ web: { networks: { lan: { address: '10.20.0.77' } } }, db: { networks: ['lan'] } });
  const script = renderScript(plan(changed, shop), { lab: 'shop' });
  assert.match(script, /^#!\/bin\/sh\n# Changes lab shop\.\n# On the host: nothing but the namespaces\.\n/);
  assert.match(script, /\nip -n shop\.web addr del 10\.20\.0\.2\/24 dev eth0\n/);
  assert.match(script, /\nip -n shop\.web addr replace 10\.20\.0\.77\/24 dev eth0\n/);
  assert.match(script, /\nip -n shop\.db route del blackhole 192\.0\.2\.0\/24\n/);
  assert.ok(script.includes('rm -rf "/etc/netns/$namespace"'));
  assert.ok(!script.includes('down()'));
});

test('names cannot end a comment', () => {
  const script = renderScript([{ op: 'delete-link', namespace: 'shop.a\nreboot', name: 'x' }], { lab: 'a\nreboot' });
  assert.ok(!script.split('\n').some((line) => line.startsWith('reboot') && !line.includes("' link del")), script);
});

const GOLDEN = String.raw`GOLDEN_TEXT`;

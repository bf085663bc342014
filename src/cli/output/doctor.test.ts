import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../doctor/index.ts';
import { describeFindings } from './doctor.ts';
import { PLAIN } from './style.ts';

const finding = (id: string, status: Finding['status'], more: Partial<Finding> = {}): Finding => ({
  id,
  title: id,
  status,
  detail: `${id} is so`,
  needed: 'labs',
  ...more,
});

test('a missing feature that few labs need is no warning, except with --all; a problem is always listed', () => {
  const findings = [
    finding('veth', 'ok'),
    finding('vlan', 'warning', { rare: true, fix: 'modprobe 8021q' }),
    finding('vrf', 'ok', { rare: true }),
  ];
  const common = describeFindings(findings, PLAIN, { all: false });
  assert.match(common, /^this machine can run labs$/m);
  assert.doesNotMatch(common, /^!|modprobe|vrf/m);
  assert.match(common, /missing, but needed by few labs: vlan; see `netwright doctor --all`/);
  const all = describeFindings(findings, PLAIN, { all: true });
  assert.match(all, /^! vlan: vlan is so\n {4}do: modprobe 8021q$/m);
  assert.match(all, /vrf/);
  assert.match(describeFindings([finding('x', 'problem', { rare: true })], PLAIN, { all: false }), /^✗ x: x is so$/m);
  assert.match(describeFindings([finding('x', 'warning')], PLAIN, { all: false }), /^! x: x is so$/m);
});

import { sysctlPath } from '../base/index.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketInode } from './descriptors.ts';
import { majorOf, minorOf } from './device-number.ts';
import { isAtLeast } from './kernel.ts';
import { numericSysctl, readSysctl } from './sysctl.ts';
import { parseTerminalDrivers } from './terminals.ts';

test('kernel versions', () => {
  for (const [release, major, minor, expected] of [
    ['6.1.0-18-amd64', 6, 1, true],
    ['6.1.0-18-amd64', 5, 14, true],
    ['6.1.0-18-amd64', 6, 2, false],
    ['5.15-rc1', 5, 15, true],
    ['5.4.0', 5, 5, false],
    ['', 5, 5, false],
  ] as const)
    assert.equal(isAtLeast(release, major, minor), expected, release);
});

test('sysctls: a dot separates components, a slash is a dot inside one', () => {
  assert.equal(sysctlPath('net.ipv4.conf.eth0/100.rp_filter'), '/proc/sys/net/ipv4/conf/eth0.100/rp_filter');
  assert.equal(readSysctl('kernel.ostype'), 'Linux');
  assert.equal(readSysctl('kernel.no.such.setting'), undefined);
  assert.equal(readSysctl('kernel.ostype.below'), undefined);
  assert.ok(numericSysctl('kernel.pid_max')! > 0);
  assert.equal(numericSysctl('kernel.no_such'), undefined);
});

test('terminal drivers: one minor number, or a range', () => {
  const text = `/dev/tty             /dev/tty        5       0 system:/dev/tty
serial               /dev/ttyS       4 64-111 serial
pty_slave            /dev/pts      136 0-1048575 pty:slave
unknown              /dev/x
`;
  assert.deepEqual(parseTerminalDrivers(text), [
    { major: 5, first: 0, last: 0 },
    { major: 4, first: 64, last: 111 },
    { major: 136, first: 0, last: 1048575 },
  ]);
});

test('device numbers, and socket inodes of descriptors', () => {
  assert.deepEqual([majorOf(0xfe00), minorOf(0xfe00)], [254, 0]);
  assert.deepEqual([majorOf(0x10002c), minorOf(0x10002c)], [0, 300]);
  assert.equal(socketInode('socket:[4711]'), '4711');
  for (const target of ['/tmp/socket:[4711]', 'socket:[4711]x', 'pipe:[4711]', ''])
    assert.equal(socketInode(target), undefined);
});

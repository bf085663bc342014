// Each operation whose commands are asserted (test/golden/plan) is carried out here, and does what its commands do.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { afterEach, suite, test } from 'node:test';
import { execute, Kernel } from '../../src/apply/index.ts';
import { NetlinkError } from '../../src/netlink/index.ts';
import { LabMounts } from '../../src/netns/index.ts';
import { changesHost, render, type Operation } from '../../src/plan/index.ts';
import { HOST } from '../../src/state/index.ts';
import { openFolder } from '../../src/store/index.ts';
import { attempt, feed, run } from '../support/command.ts';
import { operationExamples, type OperationExample } from '../support/operations.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { sheetsIn } from '../support/sheets.ts';

const labMounts = new LabMounts('shop');

/** MAC addresses, and what follows from them, that the kernel makes up for links that are given none. */
const MADE_UP =
  /(?!02:00:00:00:00:0[12])([0-9a-f]{2}:){5}[0-9a-f]{2}|(?<=8000\.)[0-9a-f:]+|fe80::[0-9a-f]+:[0-9a-f:]+/g;

/** The settings that operations here change, or that new namespaces are made with. */
const SETTINGS = ['ip_forward', 'ping_group_range', 'ip_local_port_range', 'conf'].map((name) => `net/ipv4/${name}`);

/** All that other programs see of the namespaces there are, and of the host where an operation concerns it. */
function look({ operation }: OperationExample): unknown {
  const names = [...(changesHost(operation) ? [HOST] : []), ...readdirSync('/run/netns').toSorted()];
  return JSON.parse(JSON.stringify(sheetsIn(names, SETTINGS)).replaceAll(MADE_UP, '…'));
}

/** What is there before an operation: many are given the same. */
const befores = new Map<string, unknown>();

async function lookBefore(example: OperationExample): Promise<unknown> {
  const key = JSON.stringify([example.given, changesHost(example.operation)]);
  if (!befores.has(key)) {
    await carryOut(example.given);
    befores.set(key, look(example));
    removeAll();
  }
  return befores.get(key);
}

async function carryOut(operations: readonly Operation[]): Promise<void> {
  openFolder(labMounts);
  const kernel = new Kernel(labMounts);
  try {
    await execute(kernel, operations, { done: 0 });
  } finally {
    kernel.close();
  }
}

const runCommands = ({ given, operation, options }: OperationExample): void => {
  const commands = [...given.flatMap((op) => render(op)), ...render(operation, options)];
  feed(commands.join('\n'), 'sh', '-eu');
};

/** Removes all of it, whoever made it. */
function removeAll(): void {
  if (labMounts.mounted) labMounts.unmount();
  for (const name of readdirSync('/run/netns')) run('ip', 'netns', 'del', name);
  for (const name of readdirSync('/etc/netns')) rmSync(`/etc/netns/${name}`, { recursive: true });
  for (const link of ['a=b', "it's", 'nw-shop']) attempt('ip', 'link', 'del', 'dev', link);
  run('nft', 'flush', 'ruleset');
  run('sysctl', '-qw', 'net.ipv4.ip_forward=0');
}

suite('operations', { skip: skipWithoutRoot }, () => {
  afterEach(removeAll);

  for (const example of operationExamples) {
    const { operation, said, given, refused } = example;
    if (refused !== undefined)
      test(`${said}: refused`, () => assert.rejects(carryOut([...given, operation]), { code: refused }));
    else
      test(said, async (t) => {
        const before = await lookBefore(example);
        try {
          await carryOut([...given, operation]);
        } catch (error) {
          if (!(error instanceof NetlinkError && error.code === 'EOPNOTSUPP')) throw error;
          t.diagnostic(`this kernel cannot: ${error.message}`);
          removeAll();
          assert.throws(() => runCommands(example), /not supported|Unknown device type/i);
          return;
        }
        const applied = look(example);
        assert.notDeepEqual(applied, before, 'it changes nothing');
        removeAll();
        runCommands(example);
        assert.deepEqual(look(example), applied, 'its commands do something else');
      });
  }
});

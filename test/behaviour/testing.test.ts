// Labs for tests: those of real runners, whose tests pass, fail, take too long or are killed, leave nothing behind but what
// tells of a failure.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { clean, findStale, Lab } from '../../src/library/index.ts';
import { Capture } from '../../src/capture/index.ts';
import { useLab, type NodeTestContext } from '../../src/testing/index.ts';
import { sh } from '../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { endless, nodeOutcomes, short, vitestOutcomes } from '../support/test-files.ts';

interface Ran {
  readonly output: string;
  readonly status: number | null;
}

const labs = (): string[] => readdirSync('/run/netwright').filter((name) => !name.endsWith('.lock'));

suite('labs for tests', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  let folder: string;
  before(async () => {
    await (await Lab.up({ name: labName('warm'), nodes: { a: {} } })).down();
    untouched = snapshotHost();
    folder = mkdtempSync(join(tmpdir(), 'netwright-testing-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await assertUnchanged(untouched);
  });

  /** The environment without what would make of a run a part of this one, or colour what it prints. */
  const { NODE_TEST_CONTEXT: _, CI: _ci, FORCE_COLOR: _force, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: '1' };
  const start = (command: string, args: readonly string[], ipc = false): ChildProcess =>
    spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? ['ipc' as const] : [])] });

  async function run(command: string, ...args: readonly string[]): Promise<Ran> {
    const child = start(command, args);
    let output = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text: Buffer) => (output += String(text)));
    const [status] = (await once(child, 'close')) as [number | null];
    return { output, status };
  }

  /** What was kept of the tests that failed: each one's files by its name. */
  function evidence(): Map<
    string,
    {
      readonly state: string;
      readonly packets: string;
      readonly bytes: string;
      readonly rules: string;
      readonly logs: readonly string[];
    }
  > {
    const results = join(folder, 'test-results');
    const kept = readdirSync(results).map((name) => {
      const capture = join(results, name, 'capture.pcapng');
      const content = {
        state: readFileSync(join(results, name, 'state.txt'), 'utf8'),
        packets: sh(`tcpdump -nr ${capture}`),
        bytes: readFileSync(capture, 'latin1'),
        rules: readFileSync(join(results, name, 'rules.nft'), 'utf8'),
        logs: readdirSync(join(results, name, 'logs')).map(
          (log) => `${log}: ${readFileSync(join(results, name, 'logs', log), 'utf8')}`,
        ),
      };
      return [name.replace(/-shop-.*/, ''), content] as const;
    });
    rmSync(results, { recursive: true });
    return new Map(kept);
  }

  function assertTold(output: string, failed: readonly string[]): void {
    const kept = evidence();
    assert.deepEqual([...kept.keys()].toSorted(), failed);
    for (const [name, { state, packets, bytes, rules, logs }] of kept) {
      assert.match(state, /^firewall of laptop\n[^]*^ +0 +0 {2}allow {2}\{ tcp: 22 \}$/m, name);
      assert.match(state, /^ +[1-9]\d* +[1-9]\d* {2}allow {2}established:/m, `${name}: what the firewall has counted`);
      assert.match(state, /^web +main +running +\d+ .*sleep 1000$/m, name);
      assert.match(state, /^laptop +api +ended /m, name);
      assert.doesNotMatch(state, /netwright firewall/, `${name}: no command for a lab that is gone`);
      assert.match(rules, /^# shop-\S+\.web\n[^]*icmp type echo-request counter packets 1 bytes 84$/m, name);
      assert.deepEqual(logs, ['laptop.api.log: api is here\n', 'web.log: web is here\nand more\n'], name);
      assert.match(state, /^Lab: +shop-[0-9a-z]{8}-\d+$/m, name);
      assert.match(state, /eth0 +10\.68\.0\.1\/24/, name);
      assert.match(state, /to TCP port 23: dropped/, name);
      assert.match(packets, /10\.68\.0\.1 > 10\.68\.0\.2: ICMP echo request/, name);
      assert.match(packets, /10\.68\.0\.1\.\d+ > 10\.68\.0\.2\.80: Flags \[S\]/, name);
      assert.ok(bytes.includes('laptop:eth0') && bytes.includes('web:eth0'), name);
      assert.ok(output.includes(`when "${name.replaceAll('-', ' ')}" failed: ${folder}`), output);
    }
    assert.match(kept.get('fails')!.state, /^TypeError: on purpose\n +at /m);
    assert.deepEqual(labs(), []);
  }

  test('of node:test come and go with their tests, and a failure is told with what there was', async () => {
    writeFileSync(join(folder, 'a.test.mjs'), nodeOutcomes);
    const { output, status } = await run(process.execPath, '--test', '--test-reporter=spec', 'a.test.mjs');
    assert.equal(status, 1, output);
    assert.match(output, /tests 5\n[^]*pass 1\n/);
    assertTold(output, ['fails', 'is-cancelled', 'takes-too-long', 'throws-from-elsewhere']);
  });

  test('of vitest do the same', async () => {
    const config = "export default { cacheDir: './cache', test: { include: ['*.spec.mjs'], testTimeout: 20000 } };";
    writeFileSync(join(folder, 'vitest.config.mjs'), config);
    writeFileSync(
      join(folder, 'b.spec.mjs'),
      vitestOutcomes.replace("'vitest'", `'${resolve('node_modules/vitest/dist/index.js')}'`),
    );
    const { output, status } = await run(
      process.execPath,
      resolve('node_modules/vitest/vitest.mjs'),
      'run',
      '--root',
      folder,
    );
    assert.equal(status, 1, output);
    assert.match(output, /2 failed \| 1 passed/);
    assertTold(output, ['fails', 'takes-too-long']);
  });

  /** A run that is in the middle of its test. */
  async function begun(): Promise<{ child: ChildProcess; lab: string }> {
    writeFileSync(join(folder, 'c.test.mjs'), endless);
    const child = start(process.execPath, ['c.test.mjs'], true);
    let lab = '';
    for await (const line of createInterface({ input: child.stdout! })) {
      lab = /lab:(.*)/.exec(line)?.[1] ?? lab;
      if (line.includes('visited')) break;
    }
    assert.ok(existsSync(`/run/netwright/${lab}`));
    return { child, lab };
  }

  test('go when their process is told to end, or ends itself', async () => {
    for (const end of [(child: ChildProcess) => child.send('exit'), (child: ChildProcess) => child.kill('SIGTERM')]) {
      const { child } = await begun();
      end(child);
      await once(child, 'exit');
      assert.deepEqual(labs(), []);
    }
  });

  test('of a run that was killed are removed by the next, or by clean, and nobody else’s', async () => {
    const kill = async (): Promise<string> => {
      const { child, lab } = await begun();
      child.kill('SIGKILL');
      await once(child, 'exit');
      assert.ok(labs().includes(lab));
      return lab;
    };
    const first = await kill();
    // Called as a test's would be, but by somebody; and a run that is under way.
    await using other = await Lab.up({ name: 'shop-abcdefgh-1', nodes: { a: {} } });
    const { child, lab: alive } = await begun();
    assert.deepEqual(labs().toSorted(), [alive, other.name].toSorted(), `${first} is still there`);
    const second = await kill();
    assert.deepEqual(
      findStale()
        .filter(({ kind }) => kind === 'lab')
        .map(({ lab, reason }) => [lab, reason]),
      [[second, 'the test run that created it has ended']],
    );
    const { kept } = await clean();
    assert.deepEqual(kept, []);
    assert.deepEqual(findStale(), []);
    assert.deepEqual(labs().toSorted(), [alive, other.name].toSorted());
    child.kill('SIGTERM');
    await once(child, 'exit');
    writeFileSync(join(folder, 'd.test.mjs'), short);
    assert.equal((await run(process.execPath, '--test', 'd.test.mjs')).status, 0);
    assert.deepEqual(labs(), [other.name]);
  });

  test('may be shared by several tests, which then keep what they were like', async () => {
    const said: string[] = [];
    let end: (() => Promise<void>) | undefined;
    const failing: NodeTestContext = {
      name: 'a test that fails',
      passed: false,
      error: new Error('on purpose'),
      after: (fn) => (end = fn),
      diagnostic: (message) => said.push(message),
    };
    await using lab = await Lab.up({ name: labName('shared'), nodes: { a: {} } });
    assert.equal(await useLab(failing, lab, { folder: join(folder, 'shared') }), lab);
    await end!();
    assert.match(said[0]!, /shared\/a-test-that-fails-/);
    assert.deepEqual(readdirSync(join(folder, 'shared')).length, 1);
    assert.ok(existsSync(`/run/netwright/${lab.name}`));
  });

  test('keep the newest packets, as many as they may', async () => {
    await using lab = await Lab.up({ name: labName('capture'), nodes: { a: {} } });
    const node = lab.node('a');
    using capture = new Capture([{ namespace: node.namespace, name: 'a' }], { limit: 2000 });
    const receiver = node.udp({ port: 9 });
    const sender = node.udp();
    for (let i = 0; i < 100; i++)
      await new Promise((sent) => sender.send(`${i}`.padStart(58, '0'), 9, '127.0.0.1', sent));
    // 100 bytes each, with the headers of Ethernet, IPv4 and UDP.
    assert.equal(capture.packets, 20);
    assert.equal(capture.lost, 0);
    capture.stop();
    receiver.close();
    sender.close();
    const file = join(folder, 'newest.pcapng');
    writeFileSync(file, capture.toPcapng());
    const packets = sh(`tcpdump -Anr ${file}`);
    assert.deepEqual(
      [...packets.matchAll(/0000(\d\d)$/gm)].map(([, n]) => Number(n)),
      Array.from({ length: 20 }, (_, i) => 80 + i),
    );
  });
});

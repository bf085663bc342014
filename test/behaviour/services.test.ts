// Programs that a topology keeps in its nodes: when they start, when they count as ready, when they start again, and that
// they end with all that they have started.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
  watch as watchFolder,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  ApplyError,
  down,
  downAll,
  Lab,
  planLab,
  processes,
  ServiceError,
  watch,
  type ServiceStatus,
  type TopologyInput,
} from '../../src/library/index.ts';
import { LabMounts } from '../../src/netns/index.ts';
import { nodeProcesses, type NonServiceProcesses } from '../../src/observe/index.ts';
import { bringUp, Child } from '../support/child.ts';
import { run } from '../support/command.ts';
import { elapse, eventually, staysSo } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const PROGRAM = fileURLToPath(new URL('../support/service.js', import.meta.url));
const built = fileURLToPath(new URL('../../../dist/cli.cjs', import.meta.url));
const MAIN = existsSync('dist/cli.cjs')
  ? join(process.cwd(), 'dist/cli.cjs')
  : existsSync(built)
    ? built
    : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

type Run = NonNullable<NonNullable<NonNullable<TopologyInput['nodes']>[string]>['run']>;
type Named = TopologyInput & { readonly name: string };

const labOf = (name: string, runs: Readonly<Record<string, Run>>): Named => ({
  name,
  networks: { lan: { subnet: '10.61.0.0/24' } },
  nodes: Object.fromEntries(Object.entries(runs).map(([node, service]) => [node, { networks: ['lan'], run: service }])),
});

/** A program that does what others can do to hide what it is. */
const perl = (script: string): Run => ({
  command: ['perl', '-e', `$| = 1; ${script}; print "up\\n"; sleep 77`],
  ready: { log: '^up' },
});

const shell = (script: string): string[] => ['sh', '-c', script];

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    // It may go between opening and reading.
    return false;
  }
}

/** The last of a process takes a moment in which it is in no namespace any more. */
const gone = (pids: readonly number[]): Promise<unknown> =>
  eventually(
    () => pids.filter(isRunning),
    (running) => running.length === 0,
    'some go on',
  );

/** The processes of a namespace, as another program sees them. */
const pidsIn = (namespace: string): number[] =>
  run('ip', 'netns', 'pids', namespace)
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .toSorted((a, b) => a - b);

const stateOf = (services: readonly ServiceStatus[]): string[] =>
  services.map(({ node, name, state, ready }) => `${node}/${name} ${state}${ready ? '' : ', not ready'}`);

const hasBegun = ({ pid, state }: ServiceStatus): boolean => pid !== undefined || state === 'done';

suite('services', { skip: skipWithoutRoot }, () => {
  const folder = skipWithoutRoot === false ? mkdtempSync(join(tmpdir(), 'netwright-services-')) : '';
  const trace = join(folder, 'trace');
  let untouched: HostSnapshot;
  const children: ChildProcess[] = [];

  before(async () => {
    const lab = await Lab.up(labOf(labName('warm'), { a: { command: 'sleep 60', ready: { command: 'true' } } }));
    await lab.down();
    // Descriptors that are opened once and kept.
    watchFolder(folder).close();
    untouched = snapshotHost();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await downAll();
    rmSync(trace, { force: true });
    await assertUnchanged(untouched);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A service that notes what it does, as support/service.ts says. */
  const noted = (name: string, ...args: readonly (string | number)[]) => ({
    command: [process.execPath, PROGRAM, ...args.map(String)],
    env: { NAME: name, TRACE: trace },
  });
  const traced = (): string[] => (existsSync(trace) ? readFileSync(trace, 'utf8').split('\n').filter(Boolean) : []);

  test('each begins when what it waits for is ready, whichever way that is told', async () => {
    const wait = 150;
    const topology = labOf(labName('order'), {
      a: { ...noted('tcp', 'tcp', wait, 7001), ready: { tcp: 7001 } },
      b: { ...noted('http', 'http', wait, 7002), ready: { http: { port: 7002, path: '/health' } }, after: 'a' },
      c: {
        log: { ...noted('log', 'log', wait), ready: { log: '^listening' }, after: 'b' },
        command: {
          ...noted('command', 'command', wait),
          ready: { command: `test -e ${trace}.command` },
          after: 'c/log',
        },
      },
      d: { ...noted('exit', 'exit', wait), ready: { exit: true }, after: 'c' },
      e: { ...noted('last', 'none', 0), after: ['d', 'a/main'] },
      f: { ...noted('free', 'none', 0) },
    });
    const lab = await Lab.up(topology);
    await eventually(traced, (lines) => lines.length === 14, 'not all have begun');
    const chain = ['tcp', 'http', 'log', 'command', 'exit', 'last'];
    const expected = chain.flatMap((name) => [`${name} begins`, `${name} is ready`]);
    assert.deepEqual(
      traced().filter((line) => !line.startsWith('free')),
      expected,
    );
    // Nobody waits for what depends on nothing.
    assert.ok(traced().indexOf('free begins') < traced().indexOf('http begins'));
    assert.deepEqual(stateOf(await lab.services()), [
      'a/main running',
      'b/main running',
      'c/log running',
      'c/command running',
      'd/main done',
      'e/main running',
      'f/main running',
    ]);
    // Each in its node, in a session of its own, with nothing of ours but its log.
    for (const { node, pid } of await lab.services()) {
      if (pid === undefined) continue;
      assert.ok(pidsIn(`${lab.name}.${node}`).includes(pid));
      assert.match(readFileSync(`/proc/${pid}/stat`, 'latin1'), new RegExp(String.raw`\) \w \d+ ${pid} ${pid} 0 `));
      const files = [0, 1, 2].map((fd) => run('readlink', `/proc/${pid}/fd/${fd}`).trim());
      assert.equal(files[0], '/dev/null');
      assert.match(files[1]!, new RegExp(`^/run/netwright/${lab.name}/services/${node}/\\w+/log$`));
      assert.equal(files[2], files[1]);
    }
    const again = await Lab.up(topology);
    assert.deepEqual(again.result!.operations, []);
    rmSync(`${trace}.command`);
  });

  test('one that ends too early, or takes too long, fails the lab with the last lines of its log', async () => {
    const cases: [Run, RegExp][] = [
      [
        { ...noted('x', 'fail', 50), ready: { tcp: 1 } },
        /the service a\/main ended with status 3 before it was ready; after [^]*\na\/main last printed:\n {2}the reason why$/,
      ],
      [{ ...noted('x', 'fail', 50), ready: { exit: true } }, /ended with status 3 before it was ready/],
      [
        { command: shell('echo no; kill -9 $$'), ready: { log: 'yes' } },
        /was ended by SIGKILL before it was ready; after [^]*\na\/main last printed:\n {2}no$/,
      ],
      [
        { ...noted('x', 'none', 0), ready: { tcp: 7009, timeout: '300ms' } },
        /is not ready after 0.3 s: nothing listens on port 7009, and it printed nothing; after \d+ of/,
      ],
      [
        { ...noted('x', 'http', 60_000, 7003), ready: { http: { port: 7003 }, timeout: '500ms' } },
        /a GET of \/ on port 7003 does not return a status below 400/,
      ],
      [{ command: 'sleep 60', ready: { command: 'false', timeout: '300ms' } }, /"false" does not end with status 0/],
      [
        { command: shell('exit 7'), restart: 'always', ready: { tcp: 1, timeout: '1500ms' } },
        /not ready after 1.5 s: [^]*netwright: ended with status 7, restarting in 100 ms/,
      ],
      [
        { command: shell(`echo ${'a'.repeat(44)}b; sleep 60`), ready: { log: '(a+)+$', timeout: '500ms' } },
        /not ready after 0.5 s: matching its output with "\(a\+\)\+\$" takes too long/,
      ],
      [{ command: 'no-such-program x' }, /a\/main cannot be started: there is no program "no-such-program" in PATH/],
      [{ command: './run', cwd: '/' }, /there is no program ".\/run" relative to \//],
      [{ command: 'true', cwd: 'nowhere' }, /its working directory \/\S+\/nowhere does not exist or is not a folder/],
    ];
    for (const [service, message] of cases) {
      await assert.rejects(Lab.up(labOf(labName('fail'), { a: service, b: 'sleep 60' })), (error: ApplyError) => {
        assert.ok(error instanceof ApplyError, String(error));
        assert.ok(error.cause instanceof ServiceError, String(error.cause));
        assert.equal(error.rolledBack, true);
        assert.match(error.message, message);
        return true;
      });
      await assertUnchanged(untouched);
    }
  });

  test('one that has ended is started again by up, and one that changes is alone in starting anew', async () => {
    const name = labName('again');
    const topology = labOf(name, {
      a: 'sleep 61',
      b: { x: 'sleep 62', once: { command: 'true', ready: { exit: true } } },
    });
    const lab = await Lab.up(topology);
    // A service that nothing is said of counts as ready before it runs.
    const pids = async (): Promise<Record<string, number | undefined>> => {
      const services = await eventually(
        () => lab.services(),
        (all) => all.every(hasBegun),
        'they do not begin',
      );
      return Object.fromEntries(services.map((one) => [`${one.node}/${one.name}`, one.pid]));
    };
    const first = await pids();
    process.kill(first['a/main']!, 'SIGKILL');
    await eventually(
      () => lab.node('a').services(),
      ([one]) => one?.state === 'ended',
      'it has not ended',
    );
    assert.deepEqual(
      planLab({ value: topology }).operations.map(({ op }) => op),
      ['start-service'],
    );
    await Lab.up(topology);
    const second = await pids();
    assert.notEqual(second['a/main'], first['a/main']);
    assert.equal(second['b/x'], first['b/x']);

    const changed = labOf(name, {
      a: 'sleep 61',
      b: { x: 'sleep 63', once: { command: 'true', ready: { exit: true } } },
    });
    assert.deepEqual(
      planLab({ value: changed }).operations.map(({ op }) => op),
      ['stop-service', 'start-service'],
    );
    await Lab.up(changed);
    const third = await pids();
    assert.equal(third['a/main'], second['a/main']);
    assert.ok(!isRunning(second['b/x']!));
    await eventually(
      () => readFileSync(`/proc/${third['b/x']}/cmdline`, 'latin1'),
      (words) => words === 'sleep\x0063\0',
      'it is another program',
    );

    await lab.node('b').restart('x');
    const fourth = await pids();
    assert.notEqual(fourth['b/x'], third['b/x']);
    assert.equal(fourth['a/main'], third['a/main']);
    await assert.rejects(lab.node('b').restart('other'), /node "b" has no service "other"; it has x and once/);

    await Lab.up(labOf(name, { b: 'sleep 64' }));
    for (const pid of [fourth['a/main'], fourth['b/x']]) assert.ok(!isRunning(pid!));
  });

  test('one that is to be started again is, after longer and longer pauses, until it ends well', async () => {
    const script = `echo run >>${trace}; test "$(wc -l <${trace})" -lt 4 && exit 9; exit 0`;
    const lab = await Lab.up(
      labOf(labName('policy'), {
        a: { command: shell(script), restart: 'on-failure' },
        b: { command: shell(`echo once; exit 9`), restart: 'never' },
        c: { command: shell('echo ok'), restart: 'always' },
      }),
    );
    await eventually(
      () => lab.node('a').services(),
      ([one]) => one?.state === 'ended',
      'it goes on',
    );
    assert.equal(traced().length, 4);
    const [status] = await lab.node('a').services();
    assert.deepEqual([status!.state, status!.status, status!.ready], ['ended', 0, false]);
    assert.deepEqual(
      lab
        .node('a')
        .logs()
        .map(({ line }) => line),
      [100, 200, 400].map((pause) => `netwright: ended with status 9, restarting in ${pause} ms`),
    );
    assert.deepEqual(
      lab
        .node('b')
        .logs()
        .map(({ line }) => line),
      ['once'],
    );
    assert.ok(
      lab
        .node('c')
        .logs()
        .filter(({ line }) => line === 'ok').length > 1,
    );
    const [waiting] = await eventually(
      () => lab.node('c').services(),
      ([one]) => one?.state === 'restarting',
      'it never pauses',
    );
    assert.equal(waiting!.pid, undefined);
    // What the supervisor runs for itself meanwhile is nobody's program.
    await eventually(
      () =>
        spawnSync('ip', ['netns', 'pids', `${lab.name}.c`], { encoding: 'utf8' })
          .stdout.trim()
          .split('\n').length,
      (running) => running === 2,
      'the supervisor does not sleep',
    );
    assert.deepEqual((await processes(lab.name)).others, []);
    assert.deepEqual(
      lab.show().nodes.flatMap((node) => node.processes),
      [],
    );
    const { ended } = await lab.down();
    assert.deepEqual(ended, []);
    // A supervisor whose pause is over would write there.
    await staysSo(() => !existsSync(`/run/netwright/${lab.name}`), 'its folder is there again', 300);
  });

  test('a supervisor that was killed is missed, and another takes its place', async () => {
    const topology = labOf(labName('supervisor'), { a: { command: 'sleep 65', restart: 'always' } });
    const lab = await Lab.up(topology);
    const [before_] = await lab.services();
    const supervisor = Number(/\) \w (\d+)/.exec(readFileSync(`/proc/${before_!.pid}/stat`, 'latin1'))![1]);
    process.kill(supervisor, 'SIGKILL');
    await eventually(
      () => lab.services(),
      ([one]) => one?.state === 'ended',
      'nobody misses it',
    );
    assert.ok(isRunning(before_!.pid!));
    await Lab.up(topology);
    // The supervisor is there at once, and the program in a moment.
    const [now] = await eventually(
      () => lab.services(),
      ([one]) => one?.pid !== undefined,
      'it has not begun',
    );
    assert.equal(now!.state, 'running');
    assert.ok(!isRunning(before_!.pid!));
    // And it does its work.
    process.kill(now!.pid!, 'SIGKILL');
    await eventually(
      () => lab.services(),
      ([one]) => one?.state === 'running' && one.pid !== now!.pid,
      'it is not started again',
    );
    // What is told to end while it pauses does not start again either.
    await lab.down();
    await staysSo(() => spawnSync('pgrep', ['-xf', 'sleep 65']).status === 1, 'it is started again', 300);
  });

  test('all that services have started ends with them, in the way that they ask for', async () => {
    // A daemon as of old: two forks, a session of its own, no variable left, and deaf to SIGTERM.
    const daemon = `env -i setsid sh -c 'trap "" TERM; env -i setsid sh -c "trap \\"\\" TERM; while :; do sleep 1; done" &' & sleep 66`;
    const topology = labOf(labName('tree'), {
      a: { command: shell(daemon), restart: 'always', stop: { timeout: '500ms' } },
      b: { ...noted('int', 'none', 0), stop: { signal: 'SIGINT', timeout: '10s' } },
      c: { command: shell('sleep 67 & sleep 68 & wait'), stop: { timeout: '100ms' } },
    });
    const lab = await Lab.up(topology);
    await eventually(
      () => pidsIn(`${lab.name}.a`),
      (pids) => pids.length >= 4,
      'the daemon has not begun',
    );
    await eventually(traced, (lines) => lines.includes('int is ready'), 'it has not begun');
    const deaf = pidsIn(`${lab.name}.a`);
    await lab.node('a').restart();
    for (const pid of deaf) assert.ok(!isRunning(pid), `${pid} goes on`);
    await eventually(
      () => pidsIn(`${lab.name}.a`),
      (pids) => pids.length >= 4,
      'the daemon has not begun again',
    );
    const tree = await eventually(
      () => pidsIn(`${lab.name}.c`),
      (pids) => pids.length === 3,
      'it has not begun',
    );
    await lab.node('c').restart();
    for (const pid of tree) assert.ok(!isRunning(pid), `${pid} goes on`);
    await eventually(
      () => pidsIn(`${lab.name}.c`),
      (pids) => pids.length === 3,
      'it has not begun again',
    );
    const all = ['a', 'b', 'c'].flatMap((node) => pidsIn(`${lab.name}.${node}`));
    assert.ok(all.length >= 8, String(all));
    await lab.down();
    for (const pid of all) assert.ok(!isRunning(pid), `${pid} goes on`);
    assert.ok(traced().includes('int is interrupted'));
  });

  test('programs that write over their variables, confine themselves or leave the network are known all the same', async () => {
    const topology = labOf(labName('hidden'), {
      a: perl('$0 = "x" x 5000'),
      b: perl('chroot "/sys"; chdir "/"'),
      c: 'unshare --net sleep 71',
    });
    const lab = await Lab.up(topology);
    const services = await lab.services();
    const all = ['a/main running', 'b/main running', 'c/main running'];
    assert.deepEqual(stateOf(services), all);
    const [a, b, c] = services.map(({ pid }) => pid!) as [number, number, number];
    await eventually(
      () => pidsIn(`${lab.name}.c`),
      (pids) => pids.length === 0,
      'it has not left',
    );
    assert.doesNotMatch(readFileSync(`/proc/${a}/environ`, 'latin1'), /NETWRIGHT/);
    assert.doesNotMatch(readFileSync(`/proc/${b}/mountinfo`, 'latin1'), /netwright/);
    assert.deepEqual(planLab({ value: topology }).operations, []);
    // Whoever asks for those of one node knows the others from then on, and looks at none of them again.
    const bystanders: NonServiceProcesses = new Map();
    for (const _ of [1, 2]) {
      const found = nodeProcesses(new LabMounts(lab.name), `${lab.name}.a`, bystanders);
      assert.deepEqual(
        found.map(({ pid }) => pid),
        [a],
      );
    }
    for (const other of [b, c]) assert.equal(bystanders.get(other), readlinkSync(`/proc/${other}/ns/net`));
    for (const node of ['a', 'b', 'c']) await lab.node(node).restart();
    await gone([a, b, c]);
    assert.deepEqual(stateOf(await lab.services()), all);
    const left = (await lab.services()).map(({ pid }) => pid!);
    await lab.down();
    await gone(left);
  });

  test('when `up` was killed, another goes on where it was, and `down` removes what it had started', async () => {
    const topology = labOf(labName('killed'), {
      a: { ...noted('slow', 'tcp', 300, 7004), ready: { tcp: 7004 } },
      b: { command: 'sleep 69', after: 'a', restart: 'always' },
    });
    const operations = planLab({ value: topology }).operations.map(({ op }) => op);
    const killAfter = operations.indexOf('start-service') + 1;
    assert.equal(await bringUp({ topology, killAfter }), undefined);
    const [first] = pidsIn(`${topology.name}.a`);
    assert.deepEqual(
      planLab({ value: topology }).operations.map(({ op }) => op),
      ['await-service', 'start-service'],
    );
    const lab = await Lab.up(topology);
    assert.deepEqual(stateOf(await lab.services()), ['a/main running', 'b/main running']);
    assert.deepEqual(pidsIn(`${topology.name}.a`), [first]);
    assert.deepEqual(traced(), ['slow begins', 'slow is ready']);
    await lab.down();

    // A namespace may lose its name while a service is in it.
    await Lab.up(topology);
    const nameless = pidsIn(`${topology.name}.a`);
    run('ip', 'netns', 'del', `${topology.name}.a`);
    await Lab.up(topology);
    await down(topology.name);
    for (const pid of nameless) assert.ok(!isRunning(pid), `${pid} goes on`);

    for (let at = killAfter; at <= operations.length; at++) {
      await bringUp({ topology, killAfter: at });
      await down(topology.name);
      await assertUnchanged(untouched, ['open descriptors']);
    }

    // And at any instant of the time that services take to begin.
    for (let i = 0; i < 6; i++) {
      const child = new Child({ topology });
      await child.begin();
      await elapse(20 + 40 * i);
      child.kill();
      await child.outcome();
      if (i % 3 === 2) {
        const finished = await Lab.up(topology);
        // What starts b may be there already, and b not yet.
        await eventually(
          async () => stateOf(await finished.services()),
          (states) => states.join() === 'a/main running,b/main running',
          'it was not finished',
        );
      }
      await down(topology.name);
      await assertUnchanged(untouched, ['open descriptors']);
    }
  });

  test('logs are put aside at each start and when they are large, and told in order through all of that', async () => {
    const name = labName('logs');
    const big =
      'i=0; while [ $i -lt 70000 ]; do echo "$i a line of some sixty characters, which is long enough for this"; i=$((i+1)); done';
    const topology = labOf(name, {
      a: { command: shell(`echo first; ${big}; echo last; sleep 70`), ready: { log: '^last$' } },
    });
    const lab = await Lab.up(topology);
    const log = `/run/netwright/${name}/services/a/main/log`;
    assert.ok(statSync(log).size > 4 * 1024 ** 2);
    assert.deepEqual(
      lab
        .node('a')
        .logs({ tail: 2 })
        .map(({ line }) => line.slice(0, 7)),
      ['69999 a', 'last'],
    );
    // Copied and emptied: the program goes on writing at the beginning.
    assert.equal(statSync(log).size, 0);
    const lines = lab.logs();
    assert.equal(lines.length, 70_002);
    assert.equal(lines[0]!.line, 'first');

    const followed: string[] = [];
    const controller = new AbortController();
    let ready!: () => void;
    const begun = new Promise<void>((resolve) => (ready = resolve));
    const following = lab.followLogs({
      tail: 1,
      onLine: ({ line }) => followed.push(line),
      onReady: ready,
      signal: controller.signal,
    });
    await begun;
    assert.deepEqual(followed, ['last']);
    for (let i = 0; i < 3; i++) await lab.node('a').restart();
    await eventually(
      () => followed.filter((line) => line === 'last').length,
      (count) => count === 4,
      'lines are missing',
    );
    assert.equal(followed.filter((line) => line === 'first').length, 3);
    assert.equal(followed.length, 1 + 3 * 70_002);
    assert.deepEqual(readdirSync(`/run/netwright/${name}/services/a/main`).toSorted(), [
      'log',
      'log.1',
      'log.2',
      'mark',
      'program',
      'ready',
      'spec',
    ]);
    // A service that an edited file brings is heard from its beginning.
    const b = { command: shell('echo one; echo two; sleep 70'), ready: { log: '^two$' } };
    const { nodes } = labOf(name, { a: 'true', b });
    await Lab.up({ ...topology, nodes: { ...topology.nodes, b: nodes!['b']! } });
    await eventually(
      () => followed.slice(1 + 3 * 70_002),
      (rest) => rest.join() === 'one,two',
      'the new service is not heard',
    );
    await lab.down();
    assert.equal(await following, 'gone');
    controller.abort();
  });

  test('watch tells of one that has ended, and mends that', async () => {
    const lab = await Lab.up(labOf(labName('watch'), { a: 'sleep 75', b: { command: 'sleep 76', restart: 'always' } }));
    const told: string[] = [];
    const controller = new AbortController();
    let ready!: () => void;
    const begun = new Promise<void>((resolve) => (ready = resolve));
    const options = { repair: true, onReady: ready, signal: controller.signal };
    const tell = (mark: string, operations: readonly { readonly op: string }[]): void =>
      void told.push(...operations.map(({ op }) => `${mark} ${op}`));
    const watching = watch(lab.name, {
      ...options,
      onDrift: (operations) => tell('missed', operations),
      onRepaired: ({ operations, by }) => tell(by, operations),
    });
    await begun;
    for (let times = 1; times <= 2; times++) {
      const [before_] = await lab.node('a').services();
      process.kill(before_!.pid!, 'SIGKILL');
      await eventually(
        () => told.length,
        (length) => length === 2 * times,
        'it is not told',
      );
      const [now] = await lab.node('a').services();
      assert.notEqual(now!.pid, before_!.pid);
    }
    assert.deepEqual(told, [
      'missed start-service',
      'watch start-service',
      'missed start-service',
      'watch start-service',
    ]);
    // What its supervisor starts again is nobody else's business.
    const [other] = await lab.node('b').services();
    process.kill(other!.pid!, 'SIGKILL');
    await eventually(
      () => lab.node('b').services(),
      ([one]) => one?.state === 'running' && one.pid !== other!.pid,
      'gone',
    );
    controller.abort();
    assert.equal(await watching, 'aborted');
    assert.equal(told.length, 4);
  });

  // --- the command line ------------------------------------------------------------------------------------------------

  const { FORCE_COLOR: _, ...environment } = process.env;
  function cli(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env: environment, timeout: 30_000 });
  }
  function ok(...args: readonly string[]): string {
    const { status, stdout, stderr } = cli(...args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  }
  function background(...args: readonly string[]): {
    child: ChildProcess;
    said: () => string;
    ended: Promise<unknown[]>;
  } {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    children.push(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { child, said: () => text, ended: once(child, 'close') };
  }

  test('ps, logs and restart', async () => {
    const name = labName('cli');
    const file = join(folder, `${name}.yaml`);
    writeFileSync(
      file,
      `name: ${name}\nnodes:\n  web: { run: { api: "sh -c 'echo api of $0 in $PWD; sleep 71'", job: { command: "echo job", ready: { exit: true } } } }\n  db: { run: { command: "node ${PROGRAM} http 0 7005", ready: { http: { port: 7005, path: /health } } } }\n`,
    );
    ok('up', file);
    const ps = JSON.parse(ok('ps', name, '--json')) as { services: ServiceStatus[]; others: { command: string }[] };
    assert.deepEqual(stateOf(ps.services), ['web/api running', 'web/job done', 'db/main running']);
    assert.deepEqual(
      ps.others.map(({ command }) => command),
      ['sleep 71'],
    );
    assert.match(
      ok('ps'),
      /^NODE +SERVICE +STATE +PID +SINCE +READY +COMMAND\nweb +api +running +\d+ +\d+s +yes +sh -c /,
    );
    assert.equal(ok('logs', name), `web/api | api of sh in ${folder}\nweb/job | job\n`);
    assert.equal(ok('logs', `${name}.web/job`), 'web/job | job\n');
    assert.deepEqual(JSON.parse(ok('logs', 'web/job', '--json')), { node: 'web', service: 'job', line: 'job' });

    const follower = background('logs', '-f', '--tail', '1', `${name}.web`);
    await eventually(follower.said, (text) => text.includes('\n'), 'it does not begin');
    const begun = follower.said().length;
    assert.equal(ok('restart', `${name}.web/api`), `restarted ${name}.web/api\n`);
    await eventually(follower.said, (text) => text.slice(begun).includes('web/api | api of sh'), 'it does not follow');
    follower.child.kill('SIGINT');
    assert.deepEqual(await follower.ended, [0, null]);
    const after_ = JSON.parse(ok('ps', name, '--json')) as typeof ps;
    assert.notEqual(after_.services[0]!.pid, ps.services[0]!.pid);
    assert.equal(after_.services[2]!.pid, ps.services[2]!.pid);
    assert.match(ok('show', name), /runs +node \S+service.js http 0 7005 +pid \d+, service main/);

    for (const [args, message] of [
      [['restart', `${name}.wbe`], /there is no node .* \(did you mean/],
      [['restart', `${name}.web/apo`], /has no service "apo" \(did you mean "api"\?\)/],
      [['restart', name], /is a lab; name a node/],
      [['logs', '--tail', 'x'], /number of lines/],
    ] as const) {
      const { status, stderr } = cli(...args);
      assert.notEqual(status, 0);
      assert.match(stderr, message);
    }
    assert.match(ok('__complete', 'restart', `${name}.web/`), new RegExp(`^${name}.web/api\tservice`, 'm'));
    ok('down', name);
    await assertUnchanged(untouched);
  });

  test('Ctrl-C while services are waited for removes what a new lab has made', async () => {
    const name = labName('interrupt');
    const file = join(folder, `${name}.yaml`);
    writeFileSync(
      file,
      `name: ${name}\nnodes: { a: { run: { command: sleep 74, ready: { tcp: 1, timeout: 60s } } } }\n`,
    );
    const { child, ended } = background('up', file);
    await eventually(() => existsSync(`/run/netwright/${name}/services/a/main/log`), Boolean, 'it does not begin');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [130, null]);
    await assertUnchanged(untouched);
  });

  test('up --attach shows what services print, and Ctrl-C takes the lab down', async () => {
    const name = labName('attach');
    const file = join(folder, `${name}.yaml`);
    writeFileSync(
      file,
      `name: ${name}\nnodes: { a: { run: "sh -c 'echo hello; sleep 0.3; echo again; sleep 73'" } }\n`,
    );
    const { child, said, ended } = background('up', file, '--attach');
    await eventually(said, (text) => text.includes('a | hello') && text.includes('a | again'), 'nothing is shown');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
    assert.match(said(), /removed \S+ in /);
    await assertUnchanged(untouched);
  });
});

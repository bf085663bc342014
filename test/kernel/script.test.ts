// The script that a plan prints makes, run by a shell, what the plan makes when it is applied: for the examples, for
// topologies nobody has thought of, and for names that a shell would take for something else.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compileForHost } from '../../src/store/compiled.ts';
import { Lab, planLab, TopologyError, type Operation, type TopologyInput } from '../../src/library/index.ts';
import { load, type Source } from '../../src/store/saved-topology.ts';
import { HOST, type NamespaceState, type TableState } from '../../src/state/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../../src/netlink/index.ts';
import { visitNamespaces } from '../../src/netns/index.ts';
import { listTables, Transaction } from '../../src/nftables/index.ts';
import { plan, render, renderScript } from '../../src/plan/index.ts';
import { Random } from '../fuzz/random.ts';
import { feed, run } from '../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { withoutHandles, type NftItem } from '../support/nft-json.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { sheetsOf } from '../support/sheets.ts';
import { everyForm } from '../support/tables.ts';
import { randomTopology } from '../support/topologies.ts';
import { assertKernelIs } from '../support/witness.ts';

/** The machine, apart from what runs on it: scripts start nothing that stays. */
function snapshot(): HostSnapshot {
  const { 'processes in namespaces': _, ...rest } = snapshotHost();
  return rest;
}

const built = join(process.cwd(), 'dist/cli.cjs');
const MAIN = existsSync(built) ? built : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** How many topologies a run tries; NETWRIGHT_SEED is the first one's number. */
const RUNS = Number(process.env['NETWRIGHT_RUNS'] ?? 10);
const SEED = Number(process.env['NETWRIGHT_SEED'] ?? 1);

const listing = (): NftItem[] => withoutHandles(run('nft', '-j', 'list', 'ruleset'));

/** Runs `fn` in a network namespace that is gone afterwards. */
const inNamespace = <T>(fn: () => T): T =>
  visitNamespaces((thread) => {
    thread.create();
    return fn();
  });

/** What `plan` finds to do in namespaces that are not Netwright's, but for programs: scripts start none that stay. */
const leftToDo = (source: Source): Operation[] =>
  planLab(source, { foreign: true }).operations.filter(({ op }) => !op.endsWith('-service'));

const NONE: NamespaceState = {
  links: {},
  routes: [],
  rules: [],
  neighbours: [],
  sysctls: {},
  tables: {},
  files: {},
};

/** Says in which folder it runs, at one of the loopback's addresses. */
const SERVER = `import { createServer } from 'node:http';
const { PORT } = process.env;
createServer((_, response) => response.end(process.cwd() + '\\n')).listen(PORT, '127.0.0.7', () => console.log('listens on ' + PORT));
`;

/** Makes tables as our text says. */
function make(tables: readonly TableState[], replace: boolean): NftItem[] {
  const commands = tables.flatMap((table) => render({ op: 'add-table', namespace: HOST, table, replace }));
  feed(commands.join('\n'), 'sh', '-eu');
  return listing();
}

suite('the script of a plan', { skip: skipWithoutRoot }, () => {
  const folder = skipWithoutRoot === false ? mkdtempSync(join(tmpdir(), 'netwright-script-')) : '';
  after(() => rmSync(folder, { recursive: true, force: true }));
  before(async () => {
    // Descriptors that are opened once and kept, and modules that the kernel loads once.
    const lab = await Lab.up({
      name: labName('warm'),
      networks: { lan: { subnet: ['10.9.0.0/24', 'fd09::/64'], internet: true } },
      nodes: { a: { run: 'true' } },
    });
    await lab.down();
  });

  /** Runs a script as somebody might who has another working directory, PATH, file mode mask and locale. */
  const elsewhere = (input: string): void => {
    const { status, stdout, stderr } = spawnSync(
      'sh',
      ['-c', 'umask 077; cd "$1"; shift; exec "$@"', 'sh', folder, 'sh'],
      {
        env: {
          ...process.env,
          PATH: dirname(process.execPath) + ':/usr/bin:/bin',
          LC_ALL: 'C',
          HOME: folder,
          http_proxy: 'http://127.0.0.1:9',
        },
        input,
        encoding: 'utf8',
      },
    );
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  };

  /**
   * Makes a topology by script and by the library, and compares what other programs see of both. A file's script is what the
   * command line prints in another folder.
   * @param speakable whether sysctl(8) can be asked for every interface by name
   */
  async function prove(topology: TopologyInput | string, { speakable = true } = {}): Promise<void> {
    const source =
      typeof topology === 'string' ? { file: topology, text: readFileSync(topology, 'utf8') } : { value: topology };
    const { lab: name, state } = compileForHost(load(source)).compiled;
    const untouched = snapshot();
    const script = join(folder, `${name}.sh`);
    const text =
      typeof topology === 'string'
        ? execFileSync(process.execPath, [MAIN, 'script', relative(folder, topology)], {
            cwd: folder,
            encoding: 'utf8',
          })
        : renderScript(plan(state, { namespaces: {} }), { lab: name });
    writeFileSync(script, text);

    let byScript;
    try {
      elsewhere(text);
      if (speakable) assertKernelIs(name, state, 'the script makes something else');
      assert.deepEqual(leftToDo(source), []);
      byScript = sheetsOf(state);
    } finally {
      run('sh', script, 'down');
    }
    await assertUnchanged(untouched);
    assert.deepEqual(
      readdirSync('/run').filter((entry) => entry.includes(name)),
      [],
    );
    // There is nothing left, which is no mistake.
    run('sh', script, 'down');

    const lab = await Lab.up(topology);
    try {
      assert.deepEqual(lab.result!.compiled.state, state);
      const byLibrary = sheetsOf(state);
      for (const [namespace, sheets] of Object.entries(byLibrary)) {
        for (const [what, sheet] of Object.entries(sheets))
          assert.deepEqual(
            byScript[namespace]![what],
            sheet,
            `${what} of "${namespace}": the script's, and the library's`,
          );
      }
    } finally {
      await lab.down();
    }
    await assertUnchanged(untouched);
  }

  const examples = existsSync('examples') ? readdirSync('examples').filter((name) => name.endsWith('.yaml')) : [];
  for (const name of examples) test(name, () => prove(`examples/${name}`));

  test('services begin as `up` begins them, wherever the script runs', async () => {
    const home = join(folder, 'home');
    mkdirSync(join(home, 'svc'), { recursive: true });
    writeFileSync(join(home, 'svc', 'server.mjs'), SERVER);
    const file = join(home, 'started.yaml');
    writeFileSync(
      file,
      `nodes:
  web:
    run:
      a: { command: node server.mjs, cwd: svc, env: { PORT: 80 }, ready: { http: /here } }
      b: { command: node svc/server.mjs, env: { PORT: 81 }, ready: { log: '^listens\\s+on \\d+$' }, after: web/a }
      c: { command: sh -c 'cat; test -e svc/server.mjs; sleep 99', after: web/b, ready: { command: sh -c 'cat; test -e svc/server.mjs' } }
`,
    );
    const told: string[][] = [];
    const ask = (): void => {
      const answers = [80, 81].map((port) =>
        run('ip', 'netns', 'exec', 'started.web', 'curl', '-s', `127.0.0.7:${port}`),
      );
      told.push([...answers, run('stat', '-Lc', '%a', '/etc/netns/started.web/hosts')]);
    };
    const untouched = snapshot();
    const text = execFileSync(process.execPath, [MAIN, 'script', file], { cwd: '/', encoding: 'utf8' });
    try {
      elsewhere(text);
      ask();
    } finally {
      feed(text.replaceAll('"${1:-up}"', 'down'), 'sh');
    }
    await assertUnchanged(untouched);
    const lab = await Lab.up(file);
    ask();
    await lab.down();
    await assertUnchanged(untouched);
    assert.deepEqual(told[0], told[1]);
    assert.deepEqual(
      told[0],
      [join(home, 'svc'), home, '644'].map((line) => `${line}\n`),
    );
  });

  test('names that a shell would take for something else', () => {
    const names = ['$(reboot)', '`id`', "it's", 'a"b', 'a;b&c|d', '-n', '--', '~', '*', 'a=b', '#x', '\\', '{a,b}'];
    const topology = {
      name: labName('names'),
      networks: { lan: { subnet: ['10.1.0.0/24', 'fd01::/64'] } },
      nodes: Object.fromEntries(
        names.map((name, i) => [
          `n${i}`,
          { networks: { lan: { interface: name } }, routes: [`192.0.2.0/24 via 10.1.0.200 dev ${name}`] },
        ]),
      ),
    };
    return prove(topology, { speakable: false });
  });

  test('a change of a lab', async () => {
    const name = labName('change');
    const untouched = snapshot();
    const compiled = (topology: TopologyInput) => compileForHost(load({ value: { name, ...topology } })).compiled.state;
    const lan = { subnet: ['10.1.0.0/24', 'fd01::/64'] };
    const firstTopology: TopologyInput = {
      networks: { lan: { ...lan, internet: true }, old: {} },
      nodes: {
        a: { networks: { lan: { address: ['10.1.0.7', 'fd01::7'] } }, routes: ['192.0.2.0/24 via 10.1.0.1 metric 5'] },
        b: { networks: ['lan', 'old'], internet: true },
        c: { networks: ['old'] },
      },
    };
    const secondTopology: TopologyInput = {
      networks: { lan: { ...lan, mtu: 1400 } },
      nodes: {
        a: { networks: { lan: { address: ['10.1.0.8', 'fd01::8'] } }, routes: ['blackhole 192.0.2.0/24'] },
        b: { networks: ['lan'], forward: true },
        d: { networks: ['lan'] },
      },
      links: [{ between: ['a', 'd'], subnet: '10.2.0.0/30' }],
    };
    const [first, second] = [compiled(firstTopology), compiled(secondTopology)];
    const [up, change, back] = [
      plan(first, { namespaces: {} }),
      plan(second, first),
      plan(first, { ...second, namespaces: { [HOST]: NONE, ...second.namespaces } }),
    ].map((operations, i) => {
      const script = join(folder, `${name}-${i}.sh`);
      writeFileSync(script, renderScript(operations, { lab: name }));
      return script;
    }) as [string, string, string];
    try {
      run('sh', up);
      assert.deepEqual(leftToDo({ value: { name, ...firstTopology } }), []);
      run('sh', change);
      assert.deepEqual(leftToDo({ value: { name, ...secondTopology } }), []);
      assert.notDeepEqual(leftToDo({ value: { name, ...firstTopology } }), []);
      assertKernelIs(name, second, 'after the change');
      run('sh', back);
      assertKernelIs(name, first, 'after the way back');
    } finally {
      run('sh', change, 'down');
      run('sh', up, 'down');
    }
    await assertUnchanged(untouched);
  });

  test(`${RUNS} random topologies`, { timeout: 300_000 }, async (t) => {
    let proved = 0;
    for (let seed = SEED; proved < RUNS; seed++) {
      assert.ok(seed < SEED + 20 * RUNS, 'the generator makes little that can be built');
      const topology = randomTopology(new Random(seed), labName('rnd'));
      try {
        await prove(topology);
        proved++;
      } catch (error) {
        if (error instanceof TopologyError) continue;
        t.diagnostic(`NETWRIGHT_SEED=${seed} NETWRIGHT_RUNS=1: ${JSON.stringify(topology, null, 1)}`);
        throw error;
      }
    }
    t.diagnostic(`seeds from ${SEED}`);
  });

  test('tables: nft makes of our text what the library makes of the description', () => {
    const [byLibrary, read] = inNamespace(() => {
      using socket = NetlinkSocket.open(NETLINK_NETFILTER);
      const transaction = new Transaction();
      for (const table of everyForm) transaction.addTable(table);
      transaction.commit(socket);
      return [listing(), listTables(socket)];
    });
    inNamespace(() => {
      for (const [i, item] of make(everyForm, false).entries()) assert.deepEqual(item, byLibrary[i]);
      // What was read, in the place of what is there.
      const again = make(read, true);
      assert.deepEqual(again, byLibrary);
      const remove = everyForm.flatMap((table) => render({ op: 'delete-table', namespace: HOST, table }));
      feed(remove.join('\n'), 'sh', '-eu');
      assert.deepEqual(listing(), []);
    });
  });

  test('a script that fails stops, and what it had made is removed', async () => {
    const name = labName('half');
    const untouched = snapshot();
    const { state } = compileForHost(
      load({
        value: {
          name,
          networks: { lan: { subnet: '10.1.0.0/24', internet: true } },
          nodes: { a: { networks: ['lan'] } },
        },
      }),
    ).compiled;
    const script = join(folder, `${name}.sh`);
    const text = renderScript(plan(state, { namespaces: {} }), { lab: name });
    const lines = text.split('\n');
    const middle = lines.findIndex((line) => line.includes('type veth peer name eth0'));
    writeFileSync(script, lines.toSpliced(middle, 1, 'false').join('\n'));
    assert.throws(() => run('sh', script));
    run('sh', script, 'down');
    await assertUnchanged(untouched);
  });
});

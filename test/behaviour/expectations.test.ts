// What `check` says of a lab: who answered, that nothing does where a service should, and that nothing was proved where
// nothing could have been reached.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { afterEach, before, suite, test } from 'node:test';
import { downAll, Lab, planLab, type CheckResult, type TopologyInput } from '../../src/library/index.ts';
import { run } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

type Expect = NonNullable<TopologyInput['expect']>;

const tcpScript = (port: number): string =>
  `require("net").createServer((s) => s.on("error", () => {}).end()).listen(${port}, "::")`;

/** A program that listens on both families, by a wrapper that waits for it. */
const tcp = (port: number): string[] => ['sh', '-c', `"$0" -e '${tcpScript(port)}'; true`, process.execPath];
const udp = (port: number): string[] => [
  process.execPath,
  '-e',
  `s = require("dgram").createSocket("udp6"); s.on("message", (m, f) => s.send(m, f.port, f.address)); s.bind(${port}, "::", () => console.log("ready"))`,
];

/** Who answered, by target, or the reason why nobody did. */
const told = ({ outcome }: CheckResult): string[] =>
  outcome.map(({ by, reached, detail }) => {
    if (!reached) return detail;
    return by?.kind === 'service' ? `service ${by.service}` : (by?.kind ?? 'nobody');
  });

/** The processes of a node's namespace, as another program sees them, all killed. */
async function kill(lab: Lab, node: string): Promise<void> {
  const pids = (): number[] =>
    run('ip', 'netns', 'pids', `${lab.name}.${node}`).split('\n').filter(Boolean).map(Number);
  for (const pid of pids()) process.kill(pid, 'SIGKILL');
  await eventually(pids, ({ length }) => length === 0, 'processes stay');
  // Their other threads may keep sockets for a moment longer.
  const sockets = (): string => run('ss', '-N', `${lab.name}.${node}`, '-Hltun');
  await eventually(sockets, (open) => open === '', 'sockets stay');
}

/** Does nothing else for 300 ms. */
const keepBusy = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);

/** That nothing sent to an address or a node arrives. */
const nothingReaches = (to: string): Expect =>
  [{ icmp: true as const }, { udp: 7 }, { tcp: 7 }].map((what) => ({ from: 'pc', to, reachable: false, ...what }));

suite('expectations', { skip: skipWithoutRoot }, () => {
  before(async () => (await Lab.up({ name: labName('warm'), nodes: { a: {} } })).down());
  afterEach(() => downAll());

  const lan = { subnet: ['10.62.0.0/24', 'fd62::/64'] };

  test('of services are met by services, and by nothing else', async () => {
    const expect: Expect = [
      { from: 'pc', to: 'web', tcp: 80 },
      { from: 'pc', to: 'web', tcp: 81 },
      { from: 'pc', to: 'dns', udp: 53 },
      { from: 'pc', to: 'dns', udp: 54 },
      { from: 'pc', to: 'once', tcp: 80 },
      { from: 'pc', to: 'web', tcp: 82, reachable: false },
      { from: 'pc', to: 'old', tcp: 80 },
    ];
    await using lab = await Lab.up({
      name: labName('served'),
      networks: { lan },
      nodes: {
        pc: { networks: ['lan'] },
        web: { networks: ['lan'], run: { command: tcp(80), ready: { tcp: 80 } } },
        dns: { networks: ['lan'], run: { answer: { command: udp(53), ready: { log: 'ready' }, ports: '53/udp' } } },
        old: {
          networks: ['lan'],
          run: { command: tcp(80).map((word) => word.replace('::', '0.0.0.0')), ready: { tcp: 80 } },
        },
        once: { networks: ['lan'], run: { command: 'true', ready: { exit: true } } },
      },
      expect,
    });
    const lives = await lab.check({ timeout: 10_000 });
    assert.deepEqual(lives.map(told), [
      ['service web', 'service web'],
      Array(2).fill(lives[1]!.outcome[0]!.detail),
      ['service dns/answer', 'service dns/answer'],
      ['stand-in', 'stand-in'],
      ['stand-in', 'stand-in'],
      ['connection refused', 'connection refused'],
      ['service old', 'nothing listens on old:80 for IPv6, only for IPv4'],
    ]);
    const { by } = lives[0]!.outcome[0]!;
    assert.ok(by?.kind === 'service');
    assert.match(run('ss', '-N', `${lab.name}.web`, '-Hltnp'), new RegExp(`pid=${by.pid},`));
    assert.match(
      lives[1]!.detail,
      /^10\.62\.0\.2, fd62::2: nothing listens on web:81: its service web runs \(pid \d+\) and does not listen there; see `netwright logs /,
    );
    assert.equal(lives[5]!.ok, false, 'the connection came as far as the node');

    await kill(lab, 'web');
    await kill(lab, 'dns');
    const dead = await lab.check({ timeout: 10_000 });
    for (const [i, port] of [
      [0, 'web:80: its service web'],
      [2, 'dns:53: its service dns/answer'],
    ] as const) {
      assert.equal(dead[i]!.ok, false);
      assert.ok(dead[i]!.detail.includes(`nothing listens on ${port} has ended; see`), dead[i]!.detail);
    }
    assert.deepEqual(told(dead[3]!), ['stand-in', 'stand-in']);

    // Somebody else's program in its place is not taken for it.
    lab.node('web').spawn(process.execPath, ['-e', tcpScript(80)]);
    await eventually(
      async () => told((await lab.check({ timeout: 10_000 }))[0]!),
      ([first]) => first === 'program',
      'another program answers',
    );
  });

  test('of an outside address are met by whoever has it inside', async () => {
    const nat = {
      outside: 'net',
      inside: 'lan',
      'one-to-one': { '10.62.0.2': '203.0.113.2', '10.62.0.3': '203.0.113.3' },
    };
    const expect: Expect = [
      { from: 'far', to: '203.0.113.2', tcp: 80 },
      { from: 'far', to: '203.0.113.3', tcp: 80 },
      { from: 'far', to: '203.0.113.2', tcp: 81, reachable: false },
    ];
    await using lab = await Lab.up({
      name: labName('one'),
      networks: { net: { subnet: '203.0.113.0/24' }, lan: { subnet: '10.62.0.0/24', gateway: 'nat' } },
      nodes: {
        far: { networks: { net: '203.0.113.9' } },
        nat: {
          networks: { net: ['203.0.113.1', '203.0.113.2', '203.0.113.3'], lan: '10.62.0.1' },
          nat,
          firewall: { forward: { default: 'reject', allow: [{ tcp: 80 }] } },
        },
        web: { networks: ['lan'], run: { command: tcp(80), ready: { tcp: 80 }, ports: [80] } },
        idle: { networks: ['lan'] },
      },
      expect,
    });
    const results = await lab.check({ timeout: 10_000 });
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true, true, true],
    );
    assert.deepEqual(results.slice(0, 2).map(told), [['service web'], ['stand-in']]);
    await kill(lab, 'web');
    const [dead] = await lab.check({ timeout: 10_000 });
    assert.equal(dead!.ok, false);
    assert.match(dead!.detail, /nothing listens on web:80: its service web has ended/);
  });

  test('are met by what has come while this process was busy', async () => {
    const lab = await Lab.up({
      name: labName('busy'),
      networks: { lan },
      nodes: { pc: { networks: ['lan'] }, web: { networks: ['lan'] } },
      expect: [
        { from: 'pc', to: '192.0.2.1', icmp: true, reachable: false },
        { from: 'pc', to: 'web', udp: 7 },
      ],
    });
    // The first is known at once, and the second's time is over before its datagrams are looked at.
    const results = await lab.check({ timeout: 100, onResult: keepBusy });
    assert.deepEqual(
      results.filter(({ ok }) => !ok),
      [],
    );
  });

  test('are not met by a service that ends again and again', async () => {
    await using lab = await Lab.up({
      name: labName('crash'),
      networks: { lan },
      nodes: {
        pc: { networks: ['lan'] },
        web: { networks: ['lan'], run: { a: { command: ['sh', '-c', 'exit 3'], restart: 'on-failure' } } },
      },
      expect: [{ from: 'pc', to: 'web', tcp: 80 }],
    });
    const [result] = await eventually(
      () => lab.check({ timeout: 10_000 }),
      ([one]) => one!.detail.includes('status'),
      'what it ended with',
    );
    assert.equal(result!.ok, false);
    assert.match(result!.detail, /nothing listens on web:80: its service web\/a ended with status 3/);
  });

  test('that nothing is reached prove nothing where nothing could be', async () => {
    await using lab = await Lab.up({
      name: labName('empty'),
      networks: { lan, other: { subnet: '10.63.0.0/24', gateway: 'fw' } },
      nodes: {
        pc: { networks: ['lan'] },
        web: { networks: ['lan', 'other'], run: { command: tcp(80), ready: { tcp: 80 } } },
        fw: {
          networks: ['lan', 'other'],
          forward: true,
          firewall: { input: { default: 'allow', reject: [{ tcp: 22 }], deny: [{ tcp: 23 }] } },
          run: 'sleep 99',
        },
        alone: {},
      },
      expect: [
        { from: 'alone', to: 'web', tcp: 80, reachable: false },
        { from: 'pc', to: '10.63.0.1', icmp: true, reachable: false },
        { from: 'pc', to: '10.62.0.99', tcp: 80, reachable: false },
        // What a firewall refuses or drops is proved, whether anything would listen or not.
        { from: 'pc', to: 'fw', tcp: 22, reachable: false },
        { from: 'pc', to: 'fw', tcp: 23, reachable: false },
      ],
    });
    const [noNetwork, noRoute, nobody, ...denied] = await lab.check({ timeout: 1000 });
    for (const [one, reason] of [
      [noNetwork, /^alone: no route to 10\.62\.0\.2; alone: no route to fd62::2$/],
      [noRoute, /^pc: no route to 10\.63\.0\.1$/],
      [nobody, /^no neighbour of pc answers for 10\.62\.0\.99$/],
    ] as const) {
      assert.equal(one!.ok, true);
      assert.match(one!.empty!, reason);
    }
    assert.deepEqual(
      denied.map(({ ok, empty }) => [ok, empty]),
      [
        [true, undefined],
        [true, undefined],
      ],
    );

    // In a lab that is not as its file says, nothing holds for that.
    run('ip', '-n', `${lab.name}.fw`, 'link', 'set', 'eth0', 'down');
    const broken = (await lab.check({ timeout: 300 })).slice(3);
    for (const { ok, detail } of broken) {
      assert.equal(ok, false);
      assert.match(detail, /^eth0 of fw is down/);
    }
    run('ip', '-n', `${lab.name}.pc`, 'address', 'flush', 'dev', 'eth0');
    for (const { ok, detail } of (await lab.check({ timeout: 300 })).slice(3)) {
      assert.equal(ok, false);
      assert.match(detail, /^pc: no route to 10\.62\.0\.\d/);
    }
  });

  test('wait for no router that has told too often what it does not pass on', async () => {
    const topology = {
      name: labName('often'),
      networks: {
        lan: { ...lan, gateway: 'first' },
        between: { subnet: ['10.64.0.0/24', 'fd64::/64'] },
        far: { subnet: ['10.65.0.0/24', 'fd65::/64'], gateway: 'second' },
      },
      nodes: {
        pc: { networks: ['lan'] },
        first: {
          networks: ['lan', 'between'],
          forward: true,
          routes: ['default via 10.64.0.2', 'default via fd64::2'],
        },
        second: {
          networks: ['between', 'far'],
          forward: true,
          routes: ['10.62.0.0/24 via 10.64.0.1', 'fd62::/64 via fd64::1'],
          firewall: { forward: { default: 'reject' } },
        },
        web: { networks: ['far'] },
      },
      // No node has routes to the first two; the last is behind a firewall that rejects.
      expect: ['192.0.2.1', '2001:db8::1', 'web'].flatMap(nothingReaches),
    } satisfies TopologyInput;
    await using lab = await Lab.up(topology);
    // Whoever waited would wait for a minute.
    const repeat = async (): Promise<void> => {
      for (let i = 0; i < 8; i++) {
        const started = performance.now();
        const results = await lab.check({ timeout: 60_000 });
        assert.ok(performance.now() - started < 30_000, 'without waiting');
        for (const { ok, empty, outcome } of results) {
          assert.deepEqual([ok, empty], [true, undefined]);
          for (const { detail } of outcome)
            assert.match(
              detail,
              /^(network unreachable|no route|administratively prohibited|connection refused|second has no route)/,
            );
        }
      }
    };
    await repeat();

    // It is a firewall that rejects that always tells: with it the settings come and go.
    const limits = (node = 'second'): string[] =>
      ['net.ipv4.icmp_ratemask', 'net.ipv6.icmp.ratelimit'].map((key) =>
        run('ip', 'netns', 'exec', `${lab.name}.${node}`, 'sysctl', '-n', key).trim(),
      );
    assert.deepEqual(limits(), ['0', '0']);
    assert.notDeepEqual(limits('web'), limits());
    await lab.node('second').setFirewall(undefined);
    assert.deepEqual(limits(), limits('web'));
    await lab.node('second').setFirewall({ forward: { default: 'reject' } });
    assert.deepEqual(limits(), ['0', '0']);
    assert.deepEqual(planLab({ value: topology }).operations, []);
    await repeat();
  });
});

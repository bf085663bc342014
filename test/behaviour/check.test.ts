import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { parseIp, type Ip } from '../../src/addr/index.ts';
import { runProbes, type Probe, type ProbeResult } from '../../src/probe/index.ts';
import { eventually } from '../support/eventually.ts';

/*
 * a ── r ── b, both families. What the probes say is compared with what nft counted on the router, with what a program
 * that is no part of Netwright saw, and with how the network was broken.
 */

const [a, r, b] = ['a', 'r', 'b'].map((name) => `nwcheck${process.pid}${name}`) as [string, string, string];
const A4 = parseIp('10.81.1.2');
const B4 = parseIp('10.81.2.2');
const B6 = parseIp('fd81:2::2');
const R4 = '10.81.1.1';
const R6 = 'fd81:1::1';

const skip = process.getuid?.() === 0 ? false : 'making network namespaces takes root';

const run = (command: string): string => {
  const [file, ...args] = command.split(' ');
  return execFileSync(file!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
};
const nft = (namespace: string, ruleset: string): void => {
  execFileSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], {
    input: ruleset,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
};
const descriptors = (): string[] => readdirSync('/proc/self/fd').filter((fd) => existsSync(`/proc/self/fd/${fd}`));

/** Programs that ran in b, to be ended. */
const programs: ChildProcess[] = [];

/** Runs a script in b until it has said "ready"; what it says later is collected. */
async function programInB(script: string): Promise<() => string> {
  const program = spawn('ip', ['netns', 'exec', b, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  programs.push(program);
  let said = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!said.includes('ready')) await once(program.stdout, 'data');
  return () => said;
}

const probe = (protocol: Probe['protocol'], more: Partial<Probe> = {}): Probe => ({
  from: a,
  toNamespace: b,
  targets: [B4, B6],
  protocol,
  reachable: true,
  ...(protocol === 'icmp' ? {} : { port: 8080 }),
  ...more,
});

const without = (key: 'toNamespace' | 'port', of: Probe): Probe =>
  Object.fromEntries(Object.entries(of).filter(([name]) => name !== key)) as unknown as Probe;

const one = async (what: Probe, options = {}): Promise<ProbeResult> => (await runProbes([what], options))[0]!;
const details = ({ outcome }: ProbeResult): string[] => outcome.map(({ detail }) => detail);

suite('probes', { skip }, () => {
  let openBefore: string[];

  before(async () => {
    for (const namespace of [a, r, b]) {
      run(`ip netns add ${namespace}`);
      run(`ip -n ${namespace} link set lo up`);
    }
    for (const [end, n] of [
      [a, 1],
      [b, 2],
    ] as const) {
      run(`ip link add eth0 netns ${end} type veth peer name eth${n} netns ${r}`);
      run(`ip -n ${end} address add 10.81.${n}.2/24 dev eth0`);
      run(`ip -n ${end} address add fd81:${n}::2/64 dev eth0 nodad`);
      run(`ip -n ${r} address add 10.81.${n}.1/24 dev eth${n}`);
      run(`ip -n ${r} address add fd81:${n}::1/64 dev eth${n} nodad`);
      run(`ip -n ${r} link set eth${n} up`);
      run(`ip -n ${end} link set eth0 up`);
      run(`ip -n ${end} route add 10.81.${3 - n}.0/24 via 10.81.${n}.1`);
      run(`ip -n ${end} route add fd81:${3 - n}::/64 via fd81:${n}::1`);
    }
    run(`ip netns exec ${r} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1`);
    // Routers send few errors a second to a host, and a test provokes many.
    for (const namespace of [r, b]) {
      run(`ip netns exec ${namespace} sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0`);
    }
    // Link-local addresses, which neighbour discovery uses, are under duplicate-address detection at first.
    await eventually(
      () => [a, r, b].map((namespace) => run(`ip -n ${namespace} -6 address`)).join(''),
      (text) => !text.includes('tentative'),
      'addresses stay tentative',
      50,
    );
    // What stays open for good is opened now.
    await one(probe('icmp'));
  });

  beforeEach(() => {
    openBefore = descriptors();
  });

  afterEach(async () => {
    for (const program of programs.splice(0)) {
      program.kill('SIGKILL');
      await once(program, 'close');
    }
    assert.deepEqual(descriptors(), openBefore, 'no descriptor is left open');
    for (const namespace of [a, r, b]) nft(namespace, 'flush ruleset');
  });

  after(() => {
    for (const namespace of [a, r, b]) {
      try {
        run(`ip netns delete ${namespace}`);
      } catch {
        // What `before` did not get to.
      }
    }
    const left = run('ip netns list');
    for (const namespace of [a, r, b]) assert.ok(!left.includes(namespace), `${namespace} is gone`);
  });

  test('are answered in both families, as the router counts', async () => {
    nft(
      r,
      `table inet count {
        chain forward {
          type filter hook forward priority 0
          ip saddr ${A4} icmp type echo-request counter comment "icmp4"
          icmpv6 type echo-request counter comment "icmp6"
          meta nfproto ipv4 iifname eth1 tcp dport 8080 tcp flags syn counter comment "tcp4"
          meta nfproto ipv6 iifname eth1 tcp dport 8080 tcp flags syn counter comment "tcp6"
          meta nfproto ipv4 udp dport 8080 counter comment "udp4"
          meta nfproto ipv6 udp dport 8080 counter comment "udp6"
        }
      }`,
    );
    const started = performance.now();
    const results = await runProbes([probe('icmp'), probe('tcp'), probe('udp')]);
    const elapsed = performance.now() - started;
    for (const result of results) {
      assert.equal(result.ok, true, result.detail);
      for (const { reached, rttMs, target, detail } of result.outcome) {
        assert.equal(reached, true);
        assert.ok(rttMs! > 0 && rttMs! < elapsed, `${target} ${rttMs}`);
        assert.match(detail, /^(reply|connected) after [\d.]+ ms$/);
      }
    }
    const listing = run(`ip netns exec ${r} nft list ruleset`);
    for (const rule of ['icmp4', 'icmp6', 'tcp4', 'tcp6', 'udp4', 'udp6']) {
      assert.match(listing, new RegExp(`packets [1-9]\\d* bytes \\d+ comment "${rule}"`), rule);
    }
    assert.equal(run(`ip netns exec ${b} ss -Htanu`).trim(), '', 'nothing listens or lingers where they went');
    assert.equal(run(`ip netns exec ${a} ss -Htanu`).trim(), '', 'nor where they came from');
  });

  test('agree with ping on the round trip', async () => {
    const measured: number[] = [];
    for (let i = 0; i < 10; i++) {
      const result = await one(probe('icmp', { targets: [B4], rtt: { min: 0, max: 500 } }));
      assert.equal(result.ok, true, result.detail);
      measured.push(result.outcome[0]!.rttMs!);
    }
    // The shortest of each: whatever else the machine does makes others longer.
    const ours = Math.min(...measured);
    const witness = Number(/= ([\d.]+)\//.exec(run(`ip netns exec ${a} ping -c 10 -i 0.01 -q ${B4}`))![1]);
    assert.ok(ours < 5 * witness + 0.2 && witness < 5 * ours + 0.2, `${ours} ms, and ping says ${witness} ms`);

    const far = await one(probe('tcp', { targets: [B4], rtt: { min: 4000, max: 6000 } }));
    assert.equal(far.ok, false);
    assert.match(far.detail, /^10\.81\.2\.2: the round trip takes [\d.]+ ms, not 4000 to 6000 ms$/);
  });

  test('say that there is no route', async () => {
    for (const protocol of ['icmp', 'tcp', 'udp'] as const) {
      const targets = [parseIp('10.99.0.1'), parseIp('fd99::1')];
      const started = performance.now();
      const result = await one(probe(protocol, { targets, reachable: false }), { timeoutMs: 60_000 });
      assert.deepEqual(details(result), ['no route to 10.99.0.1', 'no route to fd99::1']);
      assert.equal(result.ok, true);
      // Half of the time limit, for what needs none of it.
      assert.ok(performance.now() - started < 30_000, 'without waiting');
      assert.equal((await one(probe(protocol, { targets }))).ok, false);
    }
  });

  test('say what kind of route it is that refuses', async () => {
    run(`ip -n ${a} route add blackhole 10.97.0.1`);
    run(`ip -n ${a} route add prohibit 10.97.0.2`);
    run(`ip -n ${a} route add unreachable 10.97.0.3`);
    for (const protocol of ['icmp', 'tcp', 'udp'] as const) {
      const targets = ['10.97.0.1', '10.97.0.2', '10.97.0.3'].map((text) => parseIp(text));
      const result = await one(probe(protocol, { targets, reachable: false }));
      assert.equal(result.ok, true, result.detail);
      assert.match(details(result)[0]!, /blackhole/);
      assert.match(details(result)[1]!, /prohibits/);
      assert.match(details(result)[2]!, /host unreachable/);
    }
  });

  test('say which router has no route', async () => {
    run(`ip -n ${a} route replace default via ${R4}`);
    run(`ip -n ${a} route replace default via ${R6}`);
    try {
      const targets = [parseIp('10.98.0.1'), parseIp('fd98::1')];
      for (const protocol of ['icmp', 'tcp', 'udp'] as const) {
        const result = await one(probe(protocol, { targets, reachable: false }));
        assert.deepEqual(details(result), [`network unreachable from ${R4} (ICMP)`, `no route from ${R6} (ICMP)`]);
        assert.equal(result.ok, true);
      }
    } finally {
      run(`ip -n ${a} route delete default`);
      run(`ip -n ${a} -6 route delete default`);
    }
  });

  test('wait in vain for what a router drops', async () => {
    nft(r, 'table inet filter { chain forward { type filter hook forward priority 0; policy drop; counter; }; }');
    const started = performance.now();
    const kinds = ['icmp', 'tcp', 'udp'] as const;
    const results = await runProbes([
      ...kinds.map((protocol) => probe(protocol, { reachable: false })),
      ...kinds.map((protocol) => probe(protocol)),
    ]);
    const elapsed = performance.now() - started;
    // Each waits for its whole second, and none for another's: one after the other they would take six.
    assert.ok(elapsed >= 990 && elapsed < 6000, `all at once, in ${elapsed} ms`);
    for (const [i, result] of results.entries()) {
      assert.equal(result.ok, i < 3, result.detail);
      assert.deepEqual(details(result), ['no reply within 1 s', 'no reply within 1 s']);
    }
    // Three attempts of each of six probes to two targets; fewer where the machine has no time for them all, and more
    // where it has so little that the kernel repeats the first packet of a connection, as it does after a second.
    const counted = Number(/counter packets (\d+) /.exec(run(`ip netns exec ${r} nft list ruleset`))![1]);
    assert.ok(counted > 24 && counted <= 40, `${counted} packets`);
  });

  test('are sent again when the first is lost', async () => {
    for (const protocol of ['icmp', 'tcp', 'udp'] as const) {
      nft(r, 'table inet loss { chain forward { type filter hook forward priority 0; policy drop; }; }');
      setTimeout(() => nft(r, 'flush ruleset'), 50);
      const started = performance.now();
      const result = await one(probe(protocol), { timeoutMs: 6000, attempts: 20 });
      const elapsed = performance.now() - started;
      assert.equal(result.ok, true, result.detail);
      assert.ok(elapsed >= 299, `after a twentieth of the time: ${elapsed} ms`);
      for (const { rttMs } of result.outcome)
        assert.ok(rttMs! < elapsed - 290, `${rttMs} ms of ${elapsed} is the time of the one that was answered`);
    }
  });

  test('name the router that rejects', async () => {
    nft(
      r,
      'table inet filter { chain forward { type filter hook forward priority 0; reject with icmpx admin-prohibited; }; }',
    );
    for (const protocol of ['icmp', 'tcp', 'udp'] as const) {
      const result = await one(probe(protocol, { reachable: false }));
      assert.equal(result.ok, true, result.detail);
      assert.deepEqual(details(result), [
        `administratively prohibited from ${R4} (ICMP)`,
        `administratively prohibited from ${R6} (ICMP)`,
      ]);
    }
    nft(
      r,
      'flush ruleset; table inet filter { chain forward { type filter hook forward priority 0; meta l4proto tcp reject with tcp reset; }; }',
    );
    const result = await one(probe('tcp'));
    assert.equal(result.ok, false);
    assert.deepEqual(details(result), ['connection refused', 'connection refused']);
  });

  test('meet the firewall of the sender itself', async () => {
    nft(
      a,
      'table inet filter { chain output { type filter hook output priority 0; meta l4proto { icmp, ipv6-icmp, udp } drop; }; }',
    );
    for (const protocol of ['icmp', 'udp'] as const) {
      const result = await one(probe(protocol, { targets: [B4], reachable: false }));
      assert.equal(result.ok, true, result.detail);
      assert.match(result.detail, /not permitted to send: a firewall rule/);
    }
  });

  test('fail when what should be unreachable answers', async () => {
    for (const protocol of ['icmp', 'tcp', 'udp'] as const) {
      const result = await one(probe(protocol, { reachable: false }));
      assert.equal(result.ok, false);
      assert.match(result.detail, /10\.81\.2\.2: (reply|connected) after .*; fd81:2::2: (reply|connected) after/);
    }
    // One family of two is not enough for either expectation.
    nft(r, 'table ip6 filter { chain forward { type filter hook forward priority 0; meta l4proto tcp drop; }; }');
    assert.equal((await one(probe('tcp', { reachable: true }), { timeoutMs: 200 })).ok, false);
    assert.equal((await one(probe('tcp', { reachable: false }), { timeoutMs: 200 })).ok, false);
  });

  test('go to the program that has the port', async () => {
    const said = await programInB(`
      require('net').createServer((s) => { console.log('tcp', s.remoteAddress); s.on('error', () => {}).end() }).listen(8080, '::', () => {
        const udp = require('dgram').createSocket('udp6');
        udp.on('message', (m, from) => { console.log('udp', from.address); udp.send('pong', from.port, from.address) });
        udp.bind(8080, '::', () => console.log('ready'));
      })`);
    const results = await runProbes([probe('tcp'), probe('udp')]);
    for (const { ok, detail } of results) assert.equal(ok, true, detail);
    for (const line of ['tcp ::ffff:10.81.1.2', 'tcp fd81:1::2', 'udp ::ffff:10.81.1.2', 'udp fd81:1::2'])
      await eventually(said, (text) => text.includes(line), line);
  });

  test('are refused where the program listens on loopback alone', async () => {
    await programInB(`require('net').createServer().listen(8080, '127.0.0.1', () => console.log('ready'))`);
    const result = await one(probe('tcp', { targets: [B4] }));
    assert.equal(result.ok, false);
    assert.equal(result.detail, '10.81.2.2: connection refused');
  });

  test('arrive at a program that says nothing', async () => {
    await programInB(`require('dgram').createSocket('udp6').bind(8080, '::', () => console.log('ready'))`);
    const result = await one(probe('udp'), { timeoutMs: 300 });
    const detail = 'arrived, but the program on port 8080 did not answer';
    assert.deepEqual(details(result), [detail, detail]);
    assert.equal(result.ok, true);
    nft(b, 'table inet filter { chain input { type filter hook input priority 0; udp dport 8080 drop; }; }');
    const filtered = await one(probe('udp', { reachable: false }), { timeoutMs: 300 });
    assert.equal(filtered.ok, true, filtered.detail);
    assert.deepEqual(details(filtered), ['no reply within 300 ms', 'no reply within 300 ms']);
  });

  test('hear that nothing has the port, where nothing was put there', async () => {
    const [tcp, udp] = await runProbes([without('toNamespace', probe('tcp')), without('toNamespace', probe('udp'))]);
    assert.deepEqual(details(tcp!), ['connection refused', 'connection refused']);
    assert.deepEqual(details(udp!), [`port unreachable from ${B4} (ICMP)`, `port unreachable from ${B6} (ICMP)`]);
  });

  test('cannot be as expected where they cannot be sent', async () => {
    for (const missing of [{ from: 'nwcheck-missing' }, { toNamespace: 'nwcheck-missing' }]) {
      const result = await one(probe('tcp', { ...missing, reachable: false }));
      assert.equal(result.ok, false);
      assert.match(result.detail, /there is no namespace "nwcheck-missing"/);
    }
    assert.equal((await one(probe('icmp', { targets: [], reachable: false }))).ok, false);
    await assert.rejects(runProbes([without('port', probe('tcp'))]), { code: 'ERR_USAGE' });
  });

  test('reach an address of the namespace that sends', async () => {
    const results = await runProbes(
      (['icmp', 'tcp', 'udp'] as const).map((protocol) => probe(protocol, { from: b, targets: [B4, B6] })),
    );
    for (const { ok, detail } of results) assert.equal(ok, true, detail);
  });

  test('stop when they are told to', async () => {
    const unanswered: Ip[] = [parseIp('10.81.2.99'), parseIp('fd81:2::99')];
    const controller = new AbortController();
    const probes = (['icmp', 'tcp', 'udp'] as const).map((protocol) => probe(protocol, { targets: unanswered }));
    const started = performance.now();
    setTimeout(() => controller.abort(), 100);
    await assert.rejects(runProbes(probes, { timeoutMs: 60_000, signal: controller.signal }), { name: 'AbortError' });
    // Half of the time limit.
    assert.ok(performance.now() - started < 30_000, 'without waiting');
  });

  test('take no longer when they are many', async () => {
    nft(r, 'table inet filter { chain forward { type filter hook forward priority 0; tcp dport 9999 drop; }; }');
    const probes = Array.from({ length: 400 }, (_, i) =>
      probe(
        (['icmp', 'tcp', 'udp'] as const)[i % 3]!,
        i % 4 === 0 && i % 3 === 1 ? { port: 9999, reachable: false } : {},
      ),
    );
    let decided = 0;
    const started = performance.now();
    const results = await runProbes(probes, { onResult: () => decided++ });
    assert.deepEqual(
      results.filter(({ ok }) => !ok).map(({ detail }) => detail),
      [],
    );
    assert.equal(decided, 400);
    // Their time limits run at once: one after the other, those that are not answered alone would take 34 seconds.
    const elapsed = performance.now() - started;
    assert.ok(elapsed < 30_000, `${elapsed} ms`);
  });
});

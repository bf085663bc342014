// What a topology says in several keys at once: services that the host reaches by published ports, through firewalls that
// deny by default, in a lab with a NAT and the internet; and sandboxes beside it.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, watch } from 'node:fs';
import { get } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { compileForHost } from '../../src/store/compiled.ts';
import { down, Lab, planLab, sandbox, snapshot, type TopologyInput } from '../../src/library/index.ts';
import { checkTopology } from '../../src/topology/index.ts';
import { plan, renderScript } from '../../src/plan/index.ts';
import { feed, run } from '../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

/** The host's address, of `own-host.ts`. */
const HOST = '100.64.77.2';
/** Tells whoever asks as whom it knows them. */
const MIRROR = `require('node:http').createServer((request, response) =>
  response.end(request.socket.remoteAddress.replace('::ffff:', ''))).listen(Number(process.argv[1]))`;
const mirror = (port: number) => ({ command: [process.execPath, '-e', MIRROR, `${port}`], ready: { tcp: port } });

interface Choices {
  readonly hostPort?: number;
  readonly port?: number;
}

/** A home behind its NAT and firewall, a server on the other side of it, and one whose port the host publishes. */
const topology = (name: string, { hostPort = 8080, port = 80 }: Choices = {}): TopologyInput & { name: string } => ({
  name,
  networks: {
    isp: { subnet: ['198.51.100.0/24', '2001:db8:1::/64'], gateway: 'isp' },
    lan: { subnet: ['10.20.0.0/24', 'fd20::/64'], gateway: 'home' },
    servers: { subnet: '10.30.0.0/24', internet: true },
  },
  nodes: {
    isp: { networks: ['isp'], internet: true, forward: true },
    home: {
      networks: ['isp', 'lan'],
      internet: true,
      nat: { preset: 'home', inside: 'lan', outside: 'isp' },
      firewall: {
        input: { default: 'deny', allow: [{ from: 'lan', icmp: true }] },
        forward: { default: 'deny', allow: [{ from: 'lan', tcp: [80] }] },
      },
    },
    pc: { networks: ['lan'] },
    shop: { networks: { isp: '198.51.100.80' }, run: mirror(80) },
    web: {
      networks: ['servers'],
      publish: [`${hostPort}:${port}`],
      firewall: { input: { allow: [{ from: 'internet', tcp: port }] } },
      run: mirror(port),
    },
  },
  expect: [
    { from: 'pc', to: '198.51.100.80', tcp: 80 },
    { from: 'pc', to: '198.51.100.80', tcp: 81, reachable: false },
    { from: 'shop', to: '10.20.0.2', tcp: 80, reachable: false },
    { from: 'pc', to: 'home', icmp: true },
    { from: 'pc', to: 'web', tcp: port, reachable: false },
  ],
});

/** What the host hears by one of its ports, or why it hears nothing. */
const heard = (port: number, host = HOST, timeout = 20_000): Promise<string> =>
  new Promise((resolve) => {
    const request = get({ host, port, agent: false, timeout }, (response) => {
      response.setEncoding('utf8').once('data', resolve);
    });
    request.on('timeout', () => request.destroy(Object.assign(new Error('silence'), { code: 'silence' })));
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });

const forwarding = (): string => readFileSync('/proc/sys/net/ipv4/ip_forward', 'latin1').trim();
/** How much `up` would have to do. */
const toDo = (value: TopologyInput): number => planLab({ value }).operations.length;

suite('everything at once', { skip: skipWithoutRoot }, () => {
  const name = labName('combined');
  let untouched: HostSnapshot;
  let lab: Lab;

  before(async () => {
    // What this process keeps open from its first lab on.
    {
      await using warm = await Lab.up({ nodes: { a: { internet: true, run: 'true' } } }, { name: labName('warm') });
      snapshot(warm.name);
      // The loop's inotify descriptor.
      watch('.').close();
    }
    untouched = snapshotHost();
    lab = await Lab.up(topology(name));
  });
  after(async () => {
    await down(name, { wait: 5000 });
    await assertUnchanged(untouched);
  });

  test('is as it says: a second plan, and one of its snapshot, have nothing to do', async () => {
    assert.deepEqual(
      lab.result!.warnings.filter((text) => !text.includes('IPv6')),
      [],
    );
    assert.deepEqual(
      (await lab.check({ timeout: 500 })).filter(({ ok }) => !ok),
      [],
    );
    assert.equal(await heard(8080), HOST);
    assert.match(await heard(8080, '127.0.0.1'), /^198\.1[89]\./);
    const asked = await lab.node('pc').fetch('http://198.51.100.80/');
    assert.equal(await asked.text(), '198.51.100.2');
    assert.equal(toDo(topology(name)), 0);
    assert.equal(toDo(snapshot(name).topology), 0);
  });

  test('an edited file changes what differs, and the rest goes on', async () => {
    const shop = (await lab.node('shop').services())[0]!.pid;
    const edited = topology(name, { hostPort: 8085, port: 81 });
    assert.ok(toDo(edited) > 0);
    await Lab.up(edited);
    assert.equal(toDo(edited), 0);
    assert.deepEqual(await Promise.all([heard(8080), heard(8085)]), ['ECONNREFUSED', HOST]);
    assert.equal((await lab.node('shop').services())[0]!.pid, shop);
    await Lab.up(topology(name));
    assert.deepEqual(await Promise.all([heard(8080), heard(8085)]), [HOST, 'ECONNREFUSED']);
  });

  test('what is published and allowed live is a difference from the file, and the next `up` takes it back', async () => {
    const web = lab.node('web');
    await web.publish('8086:80');
    assert.equal(await heard(8086), HOST);
    // The port stays published, but nobody is let in to it.
    await web.setFirewall({ input: { allow: [{ from: 'internet', tcp: 22 }] } });
    assert.equal(await heard(8086, HOST, 700), 'silence');
    assert.ok(toDo(topology(name)) > 0);
    assert.equal(toDo(snapshot(name).topology), 0);
    await Lab.up(topology(name));
    assert.equal(toDo(topology(name)), 0);
    assert.deepEqual(await Promise.all([heard(8080), heard(8086)]), [HOST, 'ECONNREFUSED']);
  });

  test('another lab reaches its published port, and so does a sandbox that may, whose end changes nothing', async () => {
    await using other = await Lab.up({ name: labName('guest'), nodes: { a: { internet: true } } });
    const uplink = other.show().nodes[0]!.interfaces.find(({ name }) => name === 'uplink');
    const answer = await other.node('a').fetch(`http://${HOST}:8080/`);
    assert.equal(await answer.text(), uplink!.addresses[0]!.split('/')[0]);
    {
      await using box = await sandbox({ allow: [`${HOST}:8080`] });
      const ask = (port: number) =>
        box.exec('curl', ['-s', '-m', '20', '-o', '/dev/null', '-w', '%{http_code}', `http://${HOST}:${port}/`]);
      assert.equal((await ask(8080)).stdout, '200');
      assert.equal((await ask(8087)).stdout, '000');
    }
    assert.equal(forwarding(), '1');
    assert.equal(await heard(8080), HOST);
  });

  test('its script makes the same, and removes it', async () => {
    await lab.down();
    await assertUnchanged(untouched);
    const { lab: of, state } = compileForHost(checkTopology(topology(name))).compiled;
    const script = renderScript(plan(state, { namespaces: {} }), { lab: of });
    feed(script, 'sh', '-eu');
    assert.equal(await heard(8080), HOST);
    const seen = run('ip', 'netns', 'exec', `${name}.pc`, 'curl', '-s', '-m', '20', 'http://198.51.100.80/');
    assert.equal(seen.trim(), '198.51.100.2');
    execFileSync('sh', ['-eu', '-s', 'down'], { input: script });
    await assertUnchanged(untouched);
  });
});

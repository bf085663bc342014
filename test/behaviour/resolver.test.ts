// How programs in a node look names up: as the host does, from where its nameservers can be reached, and not at all elsewhere.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { Lab, planLab, type TopologyInput } from '../../src/library/index.ts';
import { run, sh } from '../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

/** This host's address, as own-host.ts gives it. */
const HERE = '100.64.77.2';
const RESOLV_CONF = '/etc/resolv.conf';
const UPSTREAMS = '/run/systemd/resolve/resolv.conf';
const ANSWER = '192.0.2.99';

suite('looking names up in a node', { skip: skipWithoutRoot }, () => {
  const topology = {
    name: labName('dns'),
    networks: { open: { subnet: '10.65.0.0/24', internet: true }, shut: { subnet: '10.66.0.0/24' } },
    nodes: { out: { networks: ['open'] }, in: { networks: ['shut'] } },
  } satisfies TopologyInput;
  let untouched: HostSnapshot;
  let server: Socket;
  let made: boolean;
  let lab: Lab;
  const asked: string[] = [];

  before(async () => {
    // An /etc and a /run/systemd that nobody else sees, to be changed at will.
    made = !existsSync('/run/systemd');
    sh('mkdir -p /run/systemd');
    sh('mount -t tmpfs none /run/systemd');
    mkdirSync('/run/systemd/resolve');
    run(
      'sh',
      '-c',
      'mkdir /run/systemd/etc && cp -a /etc/. /run/systemd/etc && mount --bind /run/systemd/etc /etc && mount -t tmpfs none /etc/netns',
    );
    rmSync(RESOLV_CONF);
    server = createSocket('udp4');
    server.on('message', (query, { port, address }) => {
      asked.push(nameIn(query));
      server.send(answerTo(query), port, address);
    });
    server.bind(53, HERE);
    await once(server, 'listening');
    const warm = await Lab.up({ name: labName('warm'), nodes: { a: {} } });
    await warm.node('a').exec('true');
    await warm.down();
    untouched = snapshotHost();
  });
  beforeEach(() => {
    writeFileSync(RESOLV_CONF, `# of the host\nsearch example.test\nnameserver ${HERE}\noptions timeout:1\n`);
  });
  afterEach(async () => {
    await lab.down();
    rmSync(RESOLV_CONF, { force: true });
    rmSync(UPSTREAMS, { force: true });
    await assertUnchanged(untouched, ['mounts']);
  });
  after(() => {
    server.close();
    sh('umount -l /etc');
    sh('umount -l /run/systemd');
    if (made) rmdirSync('/run/systemd');
  });

  const resolvConf = async (node: string): Promise<string> => (await lab.node(node).exec('cat', [RESOLV_CONF])).stdout;

  /** What a program that other tools start in the node finds. */
  const asOthers = async (name: string): Promise<string> =>
    (await promisify(execFile)('ip', ['netns', 'exec', `${topology.name}.out`, 'getent', 'ahostsv4', name])).stdout;

  test('is by the host’s nameserver where that can be reached', async () => {
    lab = await Lab.up(topology);
    assert.deepEqual(lab.result!.warnings, []);
    assert.equal(await resolvConf('out'), `search example.test\noptions timeout:1\nnameserver ${HERE}\n`);
    const { stdout } = await lab.node('out').exec('getent', ['ahostsv4', 'www']);
    assert.match(stdout, new RegExp(`^${ANSWER} +STREAM www.example.test`));
    assert.ok(asked.includes('www.example.test'));
    // Nodes know each other without asking anybody.
    assert.match(await asOthers('other'), new RegExp(`^${ANSWER}`));
    assert.match(await asOthers('in'), /^10\.66\.0\.1/);
    assert.deepEqual(planLab({ value: topology }).operations, []);
    // As DHCP clients do: what was mounted over the old file is gone.
    writeFileSync(`${RESOLV_CONF}.new`, 'nameserver 127.0.0.53\n');
    renameSync(`${RESOLV_CONF}.new`, RESOLV_CONF);
    assert.match(await resolvConf('out'), new RegExp(`nameserver ${HERE}\n`));
  });

  test('fails at once where there is no way out', async () => {
    lab = await Lab.up(topology);
    assert.doesNotMatch(await resolvConf('in'), /^nameserver/m);
    asked.length = 0;
    // A resolver that asks somebody who does not answer waits for five seconds before it asks again.
    const { status, signal } = await lab.node('in').exec('getent', ['ahosts', 'www.example.test'], { timeout: 4500 });
    assert.deepEqual([status, signal], [2, null]);
    assert.deepEqual(asked, []);
    assert.equal((await lab.node('in').exec('getent', ['ahostsv4', 'out'])).status, 0);
  });

  test('is by systemd-resolved’s nameservers where it stands on the host’s loopback', async () => {
    rmSync(RESOLV_CONF);
    writeFileSync('/run/systemd/resolve/stub-resolv.conf', 'nameserver 127.0.0.53\noptions edns0 trust-ad\n');
    symlinkSync('../run/systemd/resolve/stub-resolv.conf', RESOLV_CONF);
    writeFileSync(UPSTREAMS, `nameserver ${HERE}\nsearch home.test\n`);
    lab = await Lab.up(topology);
    assert.deepEqual(lab.result!.warnings, []);
    // The link stays one; what it leads to is the node's.
    assert.equal(
      (await lab.node('out').exec('readlink', [RESOLV_CONF])).stdout,
      '../run/systemd/resolve/stub-resolv.conf\n',
    );
    assert.equal(await resolvConf('out'), `search home.test\nnameserver ${HERE}\n`);
    assert.match((await lab.node('out').exec('getent', ['ahostsv4', 'www'])).stdout, new RegExp(`^${ANSWER}`));
    assert.equal(readFileSync(RESOLV_CONF, 'utf8'), 'nameserver 127.0.0.53\noptions edns0 trust-ad\n');
  });

  test('is not where the host’s nameservers cannot be reached, and `up` says so', async () => {
    writeFileSync(
      RESOLV_CONF,
      'nameserver 127.0.0.53\nnameserver ::1\nnameserver fe80::1%eth0\nnameserver 2001:db8::53\n',
    );
    lab = await Lab.up(topology);
    assert.match(
      String(lab.result!.warnings),
      /resolv\.conf has only 127\.0\.0\.53, ::1, fe80::1%eth0 and 2001:db8::53/,
    );
    assert.doesNotMatch(await resolvConf('out'), /^nameserver/m);
    writeFileSync(RESOLV_CONF, `nameserver 127.0.0.53\nnameserver ${HERE}\n`);
    const { operations, warnings } = planLab({ value: topology });
    assert.deepEqual(
      operations.map((operation) => [operation.op, 'namespaces' in operation && operation.namespaces]),
      [['set-files', [topology.name, `${topology.name}.out`]]],
    );
    assert.deepEqual(warnings, []);
    await Lab.up(topology);
    assert.equal(await resolvConf('out'), `nameserver ${HERE}\n`);
  });

  test('is not where the host has no resolv.conf, and `up` says so', async () => {
    rmSync(RESOLV_CONF);
    symlinkSync('/run/systemd/resolve/none', RESOLV_CONF);
    lab = await Lab.up(topology);
    assert.match(
      String(lab.result!.warnings),
      /resolv\.conf is a symbolic link to \/run\/systemd\/resolve\/none, which does not exist/,
    );
    const { status } = await lab.node('out').exec('getent', ['ahosts', 'www.example.test'], { timeout: 4500 });
    assert.equal(status, 2);
    assert.equal((await lab.node('out').exec('getent', ['ahostsv4', 'in'])).status, 0);
    rmSync(RESOLV_CONF);
    assert.match(String(planLab({ value: topology }).warnings), /there is no readable \/etc\/resolv\.conf/);
  });
});

/** The name that a query asks for (RFC 1035, section 4.1.2). */
function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; query[at] !== 0; at += 1 + query[at]!)
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!));
  return labels.join('.');
}

/** One A record for whatever A record is asked for, and nothing for anything else. */
function answerTo(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const isA = query.readUInt16BE(end - 4) === 1;
  const header = Buffer.from([query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...ANSWER.split('.').map(Number)];
  return Buffer.concat([header, query.subarray(12, end), Buffer.from(isA ? record : [])]);
}

// Labs beside the firewalls that hosts have: firewalld, ufw and Docker themselves, where they are installed, and the rules
// that Docker 28 makes for a container with a published port. Each finds its rules as they were, and a lab outlives their reload.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { Lab, planLab, type Node } from '../../src/library/index.ts';
import { feed, run, sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { hostLinkName } from '../../src/topology/index.ts';

const HOST = '203.0.113.1';
const WORLD = '203.0.113.10';

const MIRROR = `
require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  socket.end(socket.remoteAddress.replace('::ffff:', ''));
}).listen(Number(process.argv[1]), '0.0.0.0', () => console.log('ready'));
`;
const ASK = `
const socket = require('node:net').connect({ host: process.argv[1], port: Number(process.argv[2]) });
const end = (text) => { console.log(text); process.exit(); };
socket.on('data', (data) => end(String(data))).on('error', (error) => end(error.code));
setTimeout(() => end('silence'), Number(process.argv[3] ?? 20_000));
`;

const skip = (program: string) =>
  skipWithoutRoot !== false
    ? skipWithoutRoot
    : spawnSync(program, ['--version']).error === undefined
      ? false
      : `it needs ${program}`;

const topology = () => ({ name: labName('co'), nodes: { web: { internet: true, publish: ['8080:80'] } } });

const answerOf = async (child: ChildProcess): Promise<string> => {
  const [answer] = (await once(child.stdout!, 'data')) as [Buffer];
  return String(answer).trim();
};

const gatewayOf = (lab: string): string =>
  /inet ([\d.]+)/.exec(sh(`ip -o -4 address show dev ${hostLinkName(lab)}`))![1]!;

const works = (lab: string) => ({ world: WORLD, loopback: gatewayOf(lab), internet: HOST });

const firewalldState = (): number | null => spawnSync('firewall-cmd', ['--state']).status;
const dockerRules = (): string => sh('nft -s list table ip docker-bridges');
const firewalldRules = (): string => sh('nft list table inet firewalld');
/** Without what packets change. */
const iptablesRules = (): string =>
  run('sh', '-c', 'iptables-save; ip6tables-save').replaceAll(/^#.*$|\[\d+:\d+\]/gm, '');

suite('beside other firewalls', { skip: skipWithoutRoot }, () => {
  const world = labName('world');
  const programs: ChildProcess[] = [];

  const serve = async (program: ChildProcess): Promise<void> => {
    programs.push(program);
    await once(program.stdout!, 'data');
  };
  const inWorld = (...args: string[]) =>
    spawn('ip', ['netns', 'exec', world, process.execPath, '-e', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const fromWorld = (patience = 20_000) => answerOf(inWorld(ASK, HOST, '8080', String(patience)));
  /** How the lab is reached from outside and from the host, and how it reaches the outside. */
  const reached = async (node: Node): Promise<Record<string, string>> => ({
    world: await fromWorld(),
    loopback: await answerOf(spawn(process.execPath, ['-e', ASK, '127.0.0.1', '8080'], { stdio: [...stdio] })),
    internet: await answerOf(node.spawn(process.execPath, ['-e', ASK, WORLD, '7000'], { stdio: [...stdio] })),
  });

  before(async () => {
    sh(`ip netns add ${world}`);
    sh(`ip link add world type veth peer name host netns ${world}`);
    sh(`ip address add ${HOST}/24 dev world`);
    sh('ip link set world up');
    sh(`ip -n ${world} address add ${WORLD}/24 dev host`);
    sh(`ip -n ${world} link set host up`);
    await serve(inWorld(MIRROR, '7000'));
  });

  after(() => {
    for (const program of programs) program.kill();
    sh('ip link del world');
    sh(`ip netns del ${world}`);
  });

  async function within(act: (lab: Lab, source: { readonly value: unknown }) => Promise<void>): Promise<void> {
    const value = topology();
    await using lab = await Lab.up(value);
    await serve(lab.node('web').spawn(process.execPath, ['-e', MIRROR, '80'], { stdio: [...stdio] }));
    await act(lab, { value });
  }

  test(
    'firewalld: named with its remedy, and a reload changes nothing of the lab',
    { skip: skip('firewall-cmd') },
    async () => {
      for (const folder of ['/etc/firewalld', '/var/log', '/mnt']) sh(`mount -t tmpfs tmpfs ${folder}`);
      process.env['DBUS_SYSTEM_BUS_ADDRESS'] = 'unix:path=/mnt/bus';
      writeFileSync('/mnt/bus.conf', BUS);
      const bus = spawn('dbus-daemon', ['--config-file=/mnt/bus.conf', '--nofork'], { stdio: 'ignore' });
      programs.push(bus);
      await eventually(() => existsSync('/mnt/bus'), Boolean, 'there is no bus');
      const firewalld = spawn('firewalld', ['--nofork', '--nopid'], { stdio: 'ignore' });
      programs.push(firewalld);
      await eventually(firewalldState, (status) => status === 0, 'firewalld does not begin');
      const rules = firewalldRules;
      const untouched = rules();
      await within(async (lab, source) => {
        assert.match(
          lab.result!.warnings.join('\n'),
          /"inet firewalld".*firewall-cmd --zone=trusted --add-interface=nw-/,
        );
        // What is translated firewalld lets through; what a lab begins it does not.
        assert.deepEqual(await reached(lab.node('web')), { ...works(lab.name), internet: 'EHOSTUNREACH' });
        sh('firewall-cmd --reload');
        assert.deepEqual(planLab(source).operations, []);
        sh('firewall-cmd --complete-reload');
        assert.deepEqual(planLab(source).operations, []);
      });
      assert.equal(rules(), untouched);
      await within(async (lab, source) => {
        sh(`firewall-cmd --zone=trusted --add-interface=${hostLinkName(lab.name)}`);
        assert.deepEqual(await reached(lab.node('web')), works(lab.name));
        assert.deepEqual(planLab(source).operations, []);
      });
      firewalld.kill();
      await once(firewalld, 'exit');
      bus.kill();
      sh('nft flush ruleset');
    },
  );

  test('ufw: named with its remedy, and a reload changes nothing of the lab', { skip: skip('ufw') }, async () => {
    run('sh', '-c', 'mount -t tmpfs tmpfs /mnt && cp -a /etc/ufw/. /mnt && mount --bind /mnt /etc/ufw');
    // It looks for itself with ps(1), and would set sysctls that are the machine's.
    run('sh', '-c', ': > /etc/ufw/sysctl.conf');
    sh('ufw --force enable');
    // What it makes of its rules a second time is not to the letter what it made first.
    sh('ufw reload');
    const rules = iptablesRules;
    const untouched = rules();
    await within(async (lab, source) => {
      assert.match(
        lab.result!.warnings.join('\n'),
        /ufw: ufw route allow in on nw-LAB && ufw route allow out on nw-LAB/,
      );
      assert.equal(await fromWorld(700), 'silence');
      assert.equal(rules(), untouched);
      sh('ufw reload');
      assert.deepEqual(planLab(source).operations, []);
    });
    assert.equal(rules(), untouched);
    await within(async (lab, source) => {
      const link = hostLinkName(lab.name);
      sh(`ufw route allow in on ${link}`);
      sh(`ufw route allow out on ${link}`);
      assert.deepEqual(await reached(lab.node('web')), works(lab.name));
      sh('ufw reload');
      assert.deepEqual(planLab(source).operations, []);
      assert.deepEqual(planLab(source).warnings, []);
      assert.deepEqual(await reached(lab.node('web')), works(lab.name));
    });
    sh('ufw disable');
    sh('nft flush ruleset');
  });

  test(
    'Docker itself: named with its remedy, its port is its own, and a restart changes nothing of the lab',
    { skip: skip('dockerd') },
    async () => {
      sh('mount -t tmpfs tmpfs /mnt');
      sh('mount -t cgroup2 none /sys/fs/cgroup');
      // Where packets are forwarded already, Docker lets them be.
      sh('sysctl -qw net.ipv4.ip_forward=0');
      let daemon = await dockerd(programs);
      sh('mkdir -p /mnt/image/bin');
      sh(`cp ${run('which', 'busybox').trim()} /mnt/image/bin/`);
      sh('tar -C /mnt/image -cf /mnt/image.tar .');
      docker('import', '/mnt/image.tar', 'mirror');
      const server = ['/bin/busybox', 'nc', '-ll', '-p', '80', '-e', '/bin/busybox', 'echo', 'docker'];
      docker('run', '-d', '--restart', 'always', '--stop-timeout', '1', '-p', '8088:80', 'mirror', ...server);
      assert.equal(await answerOf(inWorld(ASK, HOST, '8088')), 'docker');
      const untouched = iptablesRules();
      await within(async (lab, source) => {
        assert.match(lab.result!.warnings.join('\n'), /Docker: iptables -I DOCKER-USER -i nw-\+ -j ACCEPT/);
        assert.equal(await fromWorld(700), 'silence');
        await assert.rejects(lab.node('web').publish('8088:80'), { code: 'ERR_PORT_TAKEN', message: /docker-proxy/ });
        assert.equal(iptablesRules(), untouched);
        sh('iptables -I DOCKER-USER -i nw-+ -j ACCEPT');
        sh('iptables -I DOCKER-USER -o nw-+ -j ACCEPT');
        assert.deepEqual(await reached(lab.node('web')), works(lab.name));
        daemon.kill();
        await once(daemon, 'exit');
        daemon = await dockerd(programs);
        assert.deepEqual(planLab(source).operations, []);
        assert.deepEqual(await reached(lab.node('web')), works(lab.name));
        assert.equal(await answerOf(inWorld(ASK, HOST, '8088')), 'docker');
      });
      sh('iptables -D DOCKER-USER -i nw-+ -j ACCEPT');
      sh('iptables -D DOCKER-USER -o nw-+ -j ACCEPT');
      assert.equal(iptablesRules(), untouched);
      docker('rm', '-f', ...docker('ps', '-aq').trim().split('\n'));
      daemon.kill();
      await once(daemon, 'exit');
      sh('ip link delete docker0');
      sh('rmdir /sys/fs/cgroup/docker');
      sh('nft flush ruleset');
    },
  );

  test('Docker 28: named with its remedy, its rules untouched', { skip: skip('iptables') }, async () => {
    feed(DOCKER, 'iptables-restore');
    const rules = iptablesRules;
    const untouched = rules();
    await within(async (lab, source) => {
      assert.match(lab.result!.warnings.join('\n'), /Docker: iptables -I DOCKER-USER -i nw-\+ -j ACCEPT/);
      assert.equal(await fromWorld(700), 'silence');
      assert.equal(rules(), untouched);
      sh('iptables -I DOCKER-USER -i nw-+ -j ACCEPT');
      sh('iptables -I DOCKER-USER -o nw-+ -j ACCEPT');
      assert.deepEqual(await reached(lab.node('web')), works(lab.name));
      // As when Docker starts anew: it makes its chains again, and leaves DOCKER-USER.
      feed(DOCKER, 'iptables-restore');
      assert.deepEqual(planLab(source).operations, []);
    });
    assert.equal(rules(), untouched);
    sh('nft flush ruleset');
  });

  test('Docker 29 with nftables: nothing is in the way, and its rules stay as they are', async () => {
    const rules = dockerRules;
    feed(DOCKER_NFT, 'nft', '-f', '-');
    const untouched = rules();
    await within(async (lab, source) => {
      assert.deepEqual(lab.result!.warnings, []);
      assert.deepEqual(await reached(lab.node('web')), works(lab.name));
      // As when Docker starts anew.
      feed(`delete table ip docker-bridges; ${DOCKER_NFT}`, 'nft', '-f', '-');
      assert.deepEqual(planLab(source).operations, []);
      assert.deepEqual(await reached(lab.node('web')), works(lab.name));
      assert.equal(rules(), untouched);
    });
    assert.equal(rules(), untouched);
    sh('nft flush ruleset');
  });
});

const DOCKER_SOCKET = 'unix:///mnt/docker.sock';
const docker = (...args: string[]): string => run('docker', '-H', DOCKER_SOCKET, ...args);
const dockerAnswers = (): boolean => spawnSync('docker', ['-H', DOCKER_SOCKET, 'info']).status === 0;

/** Docker's daemon, once it answers; everything of it is under /mnt. */
async function dockerd(programs: ChildProcess[]): Promise<ChildProcess> {
  const folders = ['--data-root=/mnt/data', '--exec-root=/mnt/exec', '--pidfile=/mnt/docker.pid'];
  const daemon = spawn('dockerd', [...folders, '--storage-driver=vfs', '-H', DOCKER_SOCKET], { stdio: 'ignore' });
  programs.push(daemon);
  await eventually(dockerAnswers, Boolean, 'Docker does not begin');
  return daemon;
}

/** A bus for whoever is in this namespace. */
const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=/mnt/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/><allow user="*"/></policy></busconfig>`;

/** What Docker 28 has for a container at 172.17.0.2 with \`--publish 8088:80\`. */
const DOCKER = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-BRIDGE - [0:0]
:DOCKER-CT - [0:0]
:DOCKER-FORWARD - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
-A DOCKER-BRIDGE -o docker0 -j DOCKER
-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1
-A DOCKER-FORWARD -j DOCKER-BRIDGE
-A DOCKER-FORWARD -i docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8088 -j DNAT --to-destination 172.17.0.2:80
COMMIT
`;

/** What Docker 29 has with `--firewall-backend=nftables` for the same. */
const DOCKER_NFT = `table ip docker-bridges {
  map filter-forward-in-jumps { type ifname : verdict; elements = { "docker0" : jump filter-forward-in__docker0 }; }
  map filter-forward-out-jumps { type ifname : verdict; elements = { "docker0" : jump filter-forward-out__docker0 }; }
  map nat-postrouting-in-jumps { type ifname : verdict; elements = { "docker0" : jump nat-postrouting-in__docker0 }; }
  map nat-postrouting-out-jumps { type ifname : verdict; elements = { "docker0" : jump nat-postrouting-out__docker0 }; }
  chain filter-FORWARD {
    type filter hook forward priority filter; policy accept;
    oifname vmap @filter-forward-in-jumps
    iifname vmap @filter-forward-out-jumps
  }
  chain nat-OUTPUT {
    type nat hook output priority -100; policy accept;
    ip daddr != 127.0.0.0/8 fib daddr type local counter jump nat-prerouting-and-output
  }
  chain nat-POSTROUTING {
    type nat hook postrouting priority srcnat; policy accept;
    iifname vmap @nat-postrouting-out-jumps
    oifname vmap @nat-postrouting-in-jumps
  }
  chain nat-PREROUTING {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local counter jump nat-prerouting-and-output
  }
  chain nat-prerouting-and-output {
    iifname != "docker0" tcp dport 8088 counter dnat to 172.17.0.2:80 comment "DNAT"
  }
  chain raw-PREROUTING {
    type filter hook prerouting priority raw; policy accept;
    ip daddr 172.17.0.2 iifname != "docker0" counter drop comment "DROP DIRECT ACCESS"
  }
  chain filter-forward-in__docker0 {
    ct state established,related counter accept
    iifname "docker0" counter accept comment "ICC"
    ip daddr 172.17.0.2 tcp dport 80 counter accept
    counter drop comment "UNPUBLISHED PORT DROP"
  }
  chain filter-forward-out__docker0 {
    ct state established,related counter accept
    counter accept comment "OUTGOING"
  }
  chain nat-postrouting-in__docker0 { }
  chain nat-postrouting-out__docker0 {
    oifname != "docker0" ip saddr 172.17.0.0/16 counter masquerade comment "MASQUERADE"
  }
}
`;

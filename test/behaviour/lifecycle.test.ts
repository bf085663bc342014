// What becomes of a lab when others meddle with it, when it cannot be built, and when its description changes.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, before, beforeEach, suite, test } from 'node:test';
import { Lock } from '../../src/apply/index.ts';
import {
  ApplyError,
  down,
  downAll,
  Lab,
  list,
  LockedError,
  NameTakenError,
  planLab,
  snapshot,
  TopologyError,
  type NetlinkError,
  type TopologyInput,
} from '../../src/library/index.ts';
import { labLinkGroup } from '../../src/state/index.ts';
import { Random } from '../fuzz/random.ts';
import { bringUp, Child } from '../support/child.ts';
import { feed, parseList, run, sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { onlyIn, settingsOf } from '../support/sheets.ts';
import { mutated, randomTopology } from '../support/topologies.ts';
import { assertKernelIs } from '../support/witness.ts';

type Named = TopologyInput & { readonly name: string };

const office = (name: string, more: TopologyInput = {}): Named => ({
  networks: { lan: { subnet: ['10.41.0.0/24', 'fd41::/64'], internet: true } },
  nodes: {
    a: { networks: ['lan'], routes: ['192.0.2.0/24 via 10.41.0.77'], sysctls: { 'net.ipv4.ip_default_ttl': 33 } },
    b: { networks: ['lan'], internet: true },
  },
  links: [{ between: ['a', 'b'], subnet: '10.42.0.0/30' }],
  ...more,
  name,
});

/** A topology that touches nothing of the host. */
const plain = (name: string): Named => ({
  name,
  networks: { lan: { subnet: '10.43.0.0/24' } },
  nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
});

/** Until it is ended: deletes or changes a part of the lab $1, again and again. */
const TAKE_APART = `
while :; do
  case $((RANDOM % 6)) in
    0) ip netns del $1.a ;;
    1) ip netns del $1 ;;
    2) ip netns del $1; ip netns del $1.a; ip netns del $1.b ;;
    3) ip link del nw-$1 ;;
    4) ip -n $1.a link del eth0 ;;
    5) ip -n $1.b link set eth0 down name q$RANDOM ;;
  esac 2>/dev/null
  sleep 0.0$((RANDOM % 6))
done`;

/** Whether an error says that a namespace or an interface is not there, or what is in the way of making it. */
function isMissing(error: unknown): boolean {
  const cause = error instanceof ApplyError ? error.cause : error;
  return ['ENOENT', 'ENODEV', 'ERR_NOT_FOUND'].includes((cause as NodeJS.ErrnoException).code ?? '');
}

const shell = (script: string) => ['sh', ['-c', script]] as const;
const forwarding = (): string => readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim();

/** How many edits of random topologies a run tries; NETWRIGHT_SEED is the first one's number. */
const PAIRS = Number(process.env['NETWRIGHT_PAIRS'] ?? 15);

let untouched: HostSnapshot;
/** What a test started, to be ended with it. */
const started: ChildProcess[] = [];

suite('the life of a lab', { skip: skipWithoutRoot }, () => {
  before(async () => {
    const lab = await Lab.up(office(labName('warm')));
    await lab.node('a').exec('true');
    await lab.down();
  });
  beforeEach(() => {
    untouched = snapshotHost();
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await downAll();
    await assertUnchanged(untouched);
  });

  suite('what is changed by hand is mended by up', () => {
    const damages: Readonly<Record<string, (lab: string) => void>> = {
      'a namespace is deleted': (lab) => sh(`ip netns del ${lab}.a`),
      "the lab's own namespace is deleted": (lab) => sh(`ip netns del ${lab}`),
      'every namespace is deleted': (lab) => ['', '.a', '.b'].forEach((node) => sh(`ip netns del ${lab}${node}`)),
      'a cable to a bridge is deleted': (lab) => sh(`ip -n ${lab}.a link del eth0`),
      'a cable between nodes is deleted': (lab) => sh(`ip -n ${lab}.b link del eth1`),
      'the cable to the host is deleted': (lab) => sh(`ip link del nw-${lab}`),
      'a bridge is deleted': (lab) => sh(`ip -n ${lab} link del lan`),
      'a port leaves its bridge': (lab) => sh(`ip -n ${lab} link set a-eth0 nomaster`),
      'an interface is down': (lab) => sh(`ip -n ${lab}.a link set eth0 down`),
      'the loopback is down': (lab) => sh(`ip -n ${lab}.a link set lo down`),
      'an interface has another name': (lab) => {
        sh(`ip -n ${lab}.a link set eth0 down`);
        sh(`ip -n ${lab}.a link set eth0 name eth9`);
        sh(`ip -n ${lab}.a link set eth9 up`);
      },
      'an interface has moved to another namespace': (lab) =>
        sh(`ip -n ${lab}.a link set eth0 netns ${lab}.b name stray`),
      'a link takes the place of a cable': (lab) => {
        sh(`ip -n ${lab}.a link del eth0`);
        sh(`ip -n ${lab}.a link add eth0 type bridge`);
      },
      'the MTU and the MAC address are others': (lab) =>
        sh(`ip -n ${lab}.a link set eth0 mtu 1300 address 02:00:00:00:00:01`),
      'an address is missing': (lab) => sh(`ip -n ${lab}.a address del 10.41.0.2/24 dev eth0`),
      'every address is missing': (lab) => sh(`ip -n ${lab}.a address flush dev eth0`),
      'an address is too many': (lab) => sh(`ip -n ${lab}.a address add 10.41.0.99/24 dev eth0`),
      'two addresses of another subnet are too many': (lab) => {
        sh(`ip -n ${lab}.a address add 10.49.0.1/24 dev eth0`);
        sh(`ip -n ${lab}.a address add 10.49.0.2/24 dev eth0`);
      },
      'a prefix length is another': (lab) => {
        sh(`ip -n ${lab}.a address del 10.41.0.2/24 dev eth0`);
        sh(`ip -n ${lab}.a address add 10.41.0.2/16 dev eth0`);
      },
      'IPv6 is switched off and on': (lab) => {
        sh(`ip netns exec ${lab}.a sysctl -q net.ipv6.conf.eth0.disable_ipv6=1`);
        sh(`ip netns exec ${lab}.a sysctl -q net.ipv6.conf.eth0.disable_ipv6=0`);
      },
      'IPv6 is switched off': (lab) => sh(`ip netns exec ${lab}.a sysctl -q net.ipv6.conf.eth0.disable_ipv6=1`),
      'IPv6 is switched off on all interfaces': (lab) =>
        sh(`ip netns exec ${lab}.b sysctl -q net.ipv6.conf.all.disable_ipv6=1`),
      'the default route is missing': (lab) => sh(`ip -n ${lab}.a route del default`),
      'an address and a route that needs it are too many': (lab) => {
        sh(`ip -n ${lab}.a address add 10.49.0.1/24 dev eth0`);
        sh(`ip -n ${lab}.a route add 198.51.100.0/24 via 10.49.0.2 src 10.49.0.1`);
        sh(`ip -n ${lab}.a route add 198.51.101.0/24 nexthop via 10.49.0.2 nexthop via 10.42.0.2`);
      },
      'a link is too many, and routes, neighbours and a rule with it': (lab) => {
        sh(`ip -n ${lab}.a link add br9 group ${labLinkGroup(lab)} type bridge`);
        sh(`ip -n ${lab}.a link set br9 up`);
        sh(`ip -n ${lab}.a address add 10.49.0.1/24 dev br9`);
        sh(`ip -n ${lab}.a address add fd49::1/64 dev br9 nodad`);
        sh(`ip -n ${lab}.a route add 198.51.100.0/24 via 10.49.0.2`);
        sh(`ip -n ${lab}.a route add 198.51.101.0/24 nexthop via 10.49.0.2 nexthop via 10.41.0.70`);
        sh(`ip -n ${lab}.a route add 2001:db8::/32 nexthop via fd49::2 nexthop via fd41::70`);
        sh(`ip -n ${lab}.a neighbour add 10.49.0.2 lladdr 02:00:00:00:00:02 dev br9`);
        sh(`ip -n ${lab}.a rule add iif br9 table 100 priority 50`);
      },
      'a route leads elsewhere': (lab) => sh(`ip -n ${lab}.a route replace 192.0.2.0/24 via 10.41.0.78`),
      'a route is too many': (lab) => sh(`ip -n ${lab}.a route add blackhole 198.51.100.0/24`),
      'routes by nexthop objects are too many, and one takes the place of another': (lab) => {
        sh(`ip -n ${lab}.a nexthop add id 5 blackhole`);
        sh(`ip -n ${lab}.a nexthop add id 6 via 10.41.0.70 dev eth0`);
        sh(`ip -n ${lab}.a nexthop add id 7 via fd41::70 dev eth0`);
        sh(`ip -n ${lab}.a nexthop add id 8 group 6`);
        sh(`ip -n ${lab}.a route add 198.51.100.0/24 nhid 5`);
        sh(`ip -n ${lab}.a route add 198.51.101.0/24 nhid 6 table 77`);
        sh(`ip -n ${lab}.a route add 198.51.102.0/24 nhid 8 metric 9`);
        sh(`ip -n ${lab}.a -6 route add 2001:db8::/32 nhid 7`);
        sh(`ip -n ${lab}.a route replace 192.0.2.0/24 nhid 6`);
      },
      'routes to the same place are too many': (lab) => {
        sh(`ip -n ${lab}.a route add 192.0.2.0/24 tos 0x10 via 10.41.0.78`);
        sh(`ip -n ${lab}.a route append 192.0.2.0/24 via 10.41.0.79`);
        sh(`ip -n ${lab}.a route add 198.51.100.0/24 tos 0x08 via 10.41.0.78`);
        sh(`ip -n ${lab}.a route add 198.51.100.0/24 via 10.41.0.78`);
        sh(`ip -n ${lab}.a route append 198.51.100.0/24 via 10.41.0.79`);
        sh(`ip -n ${lab}.a -6 route add 2001:db8::/32 from fd41::/64 via fd41::78`);
        sh(`ip -n ${lab}.a -6 route add 2001:db8::/32 dev eth0`);
        sh(`ip -n ${lab}.a -6 route append 2001:db8::/32 dev lo`);
      },
      'a rule is too many': (lab) => sh(`ip -n ${lab}.a rule add from 10.0.0.0/8 table 100 priority 50`),
      'a neighbour is too many': (lab) =>
        sh(`ip -n ${lab}.a neighbour add 10.41.0.88 lladdr 02:00:00:00:00:88 dev eth0`),
      'a sysctl is another': (lab) => sh(`ip netns exec ${lab}.a sysctl -q net.ipv4.ip_default_ttl=99`),
      'switches have IPv6, and listen to what others advertise': (lab) => {
        for (const setting of ['all.accept_redirects', 'lan.accept_redirects'])
          sh(`ip netns exec ${lab} sysctl -q net.ipv4.conf.${setting}=1`);
        for (const setting of ['a-eth0.disable_ipv6=0', 'lan.accept_ra=2', 'lan.autoconf=1', 'lan.accept_redirects=1'])
          sh(`ip netns exec ${lab} sysctl -q net.ipv6.conf.${setting}`);
      },
      'forwarding of an interface is another': (lab) =>
        sh(`ip netns exec ${lab}.a sysctl -q net.ipv4.conf.eth0.forwarding=1`),
      'forwarding on the host is off': () => sh('sysctl -q net.ipv4.ip_forward=0'),
      'the rules of the lab are flushed': (lab) => sh(`ip netns exec ${lab} nft flush ruleset`),
      'a chain of the lab is flushed': (lab) => sh(`ip netns exec ${lab} nft flush chain inet netwright forward`),
      'a policy is another': (lab) => sh(`ip netns exec ${lab} nft chain inet netwright forward { policy drop ; }`),
      'a rule is added': (lab) => sh(`ip netns exec ${lab} nft insert rule inet netwright forward drop`),
      'the table on the host is flushed': (lab) => sh(`nft flush table inet netwright-${lab}`),
      'the table on the host is deleted': (lab) => sh(`nft delete table inet netwright-${lab}`),
      'a hosts file is deleted': (lab) => rmSync(`/etc/netns/${lab}.a/hosts`),
      'a hosts file is changed': (lab) => writeFileSync(`/etc/netns/${lab}.a/hosts`, '127.0.0.1 nowhere\n'),
      'a folder of files is unlinked': (lab) => rmSync(`/etc/netns/${lab}.a`),
      'a name under /run/netns is unlinked': (lab) => rmSync(`/run/netns/${lab}.a`),
    };
    for (const [damage, inflict] of Object.entries(damages)) {
      test(damage, async () => {
        const topology = office(labName('mend'));
        const lab = await Lab.up(topology);
        try {
          inflict(lab.name);
          const summary = list().find((one) => one.lab === lab.name);
          assert.equal(summary?.state, 'partial', 'it is still said to be up');
          const { operations, compiled } = (await Lab.up(topology)).result!;
          assert.notEqual(operations.length, 0);
          assertKernelIs(lab.name, compiled.state);
          assert.deepEqual(
            (await Lab.up(topology)).result!.operations,
            [],
            'mended, and still there was something to do',
          );
          assert.equal(list().find((one) => one.lab === lab.name)?.state, 'up');
        } finally {
          await lab.down();
        }
      });
    }
  });

  suite('what is not the lab’s is not touched', () => {
    test('a namespace of a name that it needs', async () => {
      const name = labName('taken');
      sh(`ip netns add ${name}.a`);
      try {
        sh(`ip -n ${name}.a link add mine type bridge`);
        const before = snapshotHost();
        await assert.rejects(Lab.up(office(name)), (error: NameTakenError) => {
          assert.ok(error instanceof NameTakenError);
          assert.match(error.message, new RegExp(`${name}\\.a`));
          return true;
        });
        await assertUnchanged(before);
        await down(name);
        assert.match(sh(`ip -n ${name}.a link`), /mine/);
      } finally {
        sh(`ip netns del ${name}.a`);
      }
    });

    for (const [what, make] of [
      ['a folder', (path: string) => mkdirSync(path)],
      ['a file', (path: string) => writeFileSync(path, 'mine\n')],
    ] as const) {
      test(`${what} under /etc/netns of a name that it needs`, async () => {
        const name = labName('etc');
        const path = `/etc/netns/${name}.b`;
        make(path);
        try {
          if (what === 'a folder') writeFileSync(`${path}/resolv.conf`, 'mine\n');
          const before = snapshotHost();
          await assert.rejects(Lab.up(office(name)), (error: Error) => error.message.includes(path));
          await assertUnchanged(before);
          await down(name);
          assert.equal(readFileSync(what === 'a folder' ? `${path}/resolv.conf` : path, 'utf8'), 'mine\n');
        } finally {
          rmSync(path, { recursive: true });
        }
      });
    }

    for (const [what, make, remove] of [
      ['a bridge', 'ip link add nw-LAB type bridge', 'ip link del nw-LAB'],
      ['a cable', 'ip link add nw-LAB type veth peer name nw-other', 'ip link del nw-LAB'],
      ['a table', 'nft add table inet netwright-LAB', 'nft delete table inet netwright-LAB'],
    ] as const) {
      test(`${what} on the host of a name that it needs`, async () => {
        const name = `own${process.pid % 1000}`;
        sh(make.replace('LAB', name));
        try {
          const before = snapshotHost();
          await assert.rejects(Lab.up(office(name)), (error: NameTakenError) => {
            assert.ok(error instanceof NameTakenError, String(error));
            assert.match(error.message, /(nw|netwright)-own/);
            return true;
          });
          await assertUnchanged(before);
          await down(name);
          await assertUnchanged(before);
        } finally {
          sh(remove.replace('LAB', name));
        }
      });
    }

    test('settings of the host that forwarding changes on its way', async () => {
      const settings = ['net.ipv4.conf.all.accept_redirects', 'net.ipv4.conf.lo.forwarding'];
      sh(`sysctl -q ${settings[0]}=0 ${settings[1]}=1`);
      try {
        const before = snapshotHost();
        const lab = await Lab.up(office(labName('host')));
        await lab.down();
        await assertUnchanged(before);
      } finally {
        sh(`sysctl -q ${settings[0]}=1 ${settings[1]}=0`);
      }
    });
  });

  suite('two at a time', () => {
    test('the second process on a lab is told who the first is, or waits for it', async () => {
      const topology = office(labName('lock'));
      const first = new Child({ topology, pause: 50 });
      started.push(first.process);
      await first.begin();
      // It has begun, and may not have the lock yet.
      const file = `/run/netwright/${topology.name}.lock`;
      await eventually(
        () => Lock.isHeld(topology.name) && readFileSync(file, 'latin1') !== '',
        Boolean,
        'it does not take the lock',
        2,
      );
      // However long the others take, it does not end meanwhile.
      first.process.kill('SIGSTOP');
      await assert.rejects(Lab.up(topology), (error: LockedError) => {
        assert.ok(error instanceof LockedError);
        assert.equal(error.pid, first.process.pid);
        assert.match(error.message, new RegExp(`process ${first.process.pid}`));
        return true;
      });
      await assert.rejects(down(topology.name), LockedError);
      await assert.rejects(Lab.up(topology, { wait: 50 }), LockedError);
      first.process.kill('SIGCONT');
      const lab = await Lab.up(topology, { wait: 60_000 });
      assert.deepEqual(lab.result!.operations, [], 'the first process had not finished');
      assert.equal((await first.outcome())?.error, undefined);
      assertKernelIs(lab.name, lab.result!.compiled.state);
      await lab.down();
    });

    test('what only looks at a lab for a moment, by one of its threads, is not ended with it', async () => {
      const lab = await Lab.up({ name: labName('look'), nodes: { a: {} } });
      const code = `
import ctypes, os, sys, threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
libc = ctypes.CDLL(None)
libc.setns(os.open('/run/netns/${lab.name}.a', os.O_RDONLY), 0x40000000); print(1, flush=True); sys.stdin.read(1)`;
      const visitor = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
      try {
        await once(visitor.stdout, 'data');
        assert.deepEqual((await lab.down()).ended, []);
        assert.deepEqual([visitor.exitCode, visitor.signalCode], [null, null]);
      } finally {
        visitor.kill('SIGKILL');
      }
    });

    test('looking at a lab that is taken apart meanwhile finds what is left of it', async () => {
      const topology = office(labName('apart'));
      const lab = await Lab.up(topology);
      const vandal = spawn('bash', ['-c', TAKE_APART, 'bash', lab.name], { stdio: 'inherit' });
      started.push(vandal);
      const views = {
        list: () => list(),
        planLab: () => planLab({ value: topology }),
        show: () => lab.show(),
        snapshot: () => snapshot(lab.name),
        up: () => Lab.up(topology),
      };
      for (const until = Date.now() + 2000; Date.now() < until;) {
        for (const [name, look] of Object.entries(views)) {
          try {
            await look();
          } catch (error) {
            // Nothing else is said than that something is not there.
            assert.ok(isMissing(error), `${name}: ${(error as Error).stack}`);
          }
        }
      }
      vandal.kill('SIGKILL');
      await once(vandal, 'exit');
      const again = await Lab.up(topology);
      assertKernelIs(again.name, again.result!.compiled.state);
      await again.down();
    });

    test('a namespace whose pin is unmounted is none', async () => {
      const lab = await Lab.up(plain(labName('pin')));
      sh(`umount -l /run/netwright/${lab.name}/ns/${lab.name}.a`);
      const missing = { code: 'ENOENT', message: /there is no namespace ".*\.a"/ };
      await assert.rejects(lab.node('a').exec('true'), missing);
      assert.throws(() => lab.node('a').within(() => 1), missing);
      assert.deepEqual(
        lab.show().nodes.map(({ name }) => name),
        ['b'],
      );
      const again = await Lab.up(plain(lab.name));
      assertKernelIs(again.name, again.result!.compiled.state);
      await again.down();
    });

    test('a lab of before the machine started anew comes up at once', async () => {
      const topology = office(labName('boot'));
      await Lab.up(topology);
      // What a reboot leaves: /etc, and an empty /run.
      sh(`umount -l /run/netwright/${topology.name}`);
      rmSync(`/run/netwright/${topology.name}`, { recursive: true });
      for (const name of readdirSync('/run/netns')) rmSync(`/run/netns/${name}`);
      const lab = await Lab.up(topology);
      assertKernelIs(lab.name, lab.result!.compiled.state);
      await lab.down();
    });

    test('a lock file that a dead process left is nobody’s lock', async () => {
      const name = labName('stale');
      writeFileSync(`/run/netwright/${name}.lock`, '1\n');
      const lab = await Lab.up(plain(name));
      await lab.down();
    });

    test('labs that reach out choose different uplinks', async () => {
      const names = Array.from({ length: 4 }, () => labName('out'));
      const outcomes = await Promise.all(names.map((name) => bringUp({ topology: office(name) })));
      assert.deepEqual(
        outcomes.map((outcome) => outcome?.error),
        names.map(() => undefined),
      );
      try {
        const subnets = names.map((name) => /inet (\S+)/.exec(sh(`ip -4 address show dev nw-${name}`))![1]);
        assert.equal(new Set(subnets).size, names.length, subnets.join(' '));
      } finally {
        const ended = await Promise.all(names.map((name) => bringUp({ topology: office(name), down: true })));
        assert.deepEqual(
          ended.map((outcome) => outcome?.error),
          names.map(() => undefined),
        );
      }
    });
  });

  suite('what fails half-way leaves nothing', () => {
    test('a setting that this kernel does not have', async () => {
      const topology = office(labName('fail'), {
        nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'], sysctls: { 'net.ipv4.nothing_such': 1 } } },
        links: [],
      });
      await assert.rejects(Lab.up(topology), (error: ApplyError) => {
        assert.ok(error instanceof ApplyError);
        assert.equal(error.rolledBack, true);
        assert.ok(error.done > 5 && error.done < error.total, `after ${error.done} of ${error.total}`);
        assert.match(error.message, /net\.ipv4\.nothing_such/);
        assert.equal((error.cause as NetlinkError).code, 'ERR_CAPABILITY');
        return true;
      });
    });

    test('in a lab that was up it stays as far as it came, for up to finish', async () => {
      const topology = plain(labName('fail'));
      const lab = await Lab.up(topology);
      const broken = {
        ...topology,
        nodes: { ...topology.nodes, c: { networks: ['lan'], sysctls: { 'net.ipv4.nothing_such': 1 } } },
      };
      await assert.rejects(Lab.up(broken), (error: ApplyError) => error instanceof ApplyError && !error.rolledBack);
      const again = await Lab.up(topology);
      assertKernelIs(lab.name, again.result!.compiled.state);
      await lab.down();
    });

    test('too few descriptors', async () => {
      const topology: Named = {
        name: labName('files'),
        networks: { lan: { subnet: '10.44.0.0/24', internet: true } },
        nodes: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`n${i}`, { networks: ['lan'] }])),
      };
      const outcome = await bringUp({ topology, descriptors: 40 });
      assert.equal(outcome?.error?.code, 'ERR_APPLY', JSON.stringify(outcome));
      assert.equal(outcome.error.rolledBack, true);
      assert.match(outcome.error.message, /EMFILE/);
    });

    test('no space where the locks are: it is said nowhere who has them', async () => {
      sh('mount -t tmpfs -o size=4k none /run/netwright');
      writeFileSync('/run/netwright/.full', Buffer.alloc(4096));
      try {
        const lab = await Lab.up(plain(labName('full')));
        assertKernelIs(lab.name, lab.result!.compiled.state);
        await lab.down();
      } finally {
        sh('umount /run/netwright');
      }
    });

    test('folders that cannot be written', async () => {
      for (const [folder, pattern] of [
        [
          '/run/netwright',
          /^CapabilityError: \/run\/netwright\/t.*\.lock cannot be written: its file system is read-only; mount/,
        ],
        ['/run/netns', /read-only; mount -o remount,rw \/run.*everything that this run created was removed/],
        ['/etc/netns', /read-only; mount -o remount,rw \/etc.*everything that this run created was removed/],
      ] as const) {
        sh(`mount -o remount,ro ${folder}`);
        try {
          await assert.rejects(Lab.up(plain(labName('ro'))), pattern);
        } finally {
          sh(`mount -o remount,rw ${folder}`);
        }
        await assertUnchanged(untouched);
      }
    });

    test('an abort', async () => {
      const topology: Named = {
        name: labName('abort'),
        networks: { lan: { subnet: '10.44.0.0/24', internet: true } },
        nodes: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`n${i}`, { networks: ['lan'] }])),
      };
      const controller = new AbortController();
      await assert.rejects(Lab.up(topology, { signal: controller.signal, onProgress: () => controller.abort() }), {
        name: 'AbortError',
      });
    });

    test('a kernel that allows few namespaces', async (t) => {
      if (spawnSync('unshare', ['--user', '--map-root-user', 'true']).status !== 0) {
        t.skip('this kernel allows no user namespaces');
        return;
      }
      const limited = ['unshare', '--user', '--map-root-user', '--net', '--mount', 'sh', '-c'];
      const folders = 'for folder in /run/netns /run/netwright /etc/netns; do mount -t tmpfs none $folder; done';
      const limit = 'echo 4 > /proc/sys/user/max_net_namespaces';
      const topology: Named = { name: labName('few'), nodes: { a: {}, b: {}, c: {}, d: {}, e: {}, f: {} } };
      const child = new Child({ topology }, [...limited, `${folders}; ${limit}; exec "$@"`, 'sh']);
      await child.begin();
      const outcome = await child.outcome();
      assert.equal(outcome?.error?.code, 'ERR_APPLY', JSON.stringify(outcome));
      assert.match(outcome.error.message, /unshare: ENOSPC/);
      assert.equal(outcome.error.rolledBack, true);
    });
  });

  suite('programs in a node', () => {
    test('are ended by down, politely first; others are not', async () => {
      const lab = await Lab.up(plain(labName('ends')));
      const elsewhere = labName('else');
      sh(`ip netns add ${elsewhere}`);
      try {
        const polite = lab
          .node('a')
          .spawn(...shell('trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.02; done'), {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
        const deaf = lab.node('b').spawn(...shell('trap "" TERM; echo ready; while :; do sleep 0.1; done'), {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const entered = spawn('ip', ['netns', 'exec', `${lab.name}.a`, 'sleep', '600'], { stdio: 'ignore' });
        const here = spawn('sleep', ['600'], { stdio: 'ignore' });
        const there = spawn('ip', ['netns', 'exec', elsewhere, 'sleep', '600'], { stdio: 'ignore' });
        started.push(polite, deaf, entered, here, there);
        let said = '';
        polite.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text));
        await Promise.all([once(polite.stdout!, 'data'), once(deaf.stdout!, 'data')]);
        const ends = Promise.all(
          [polite, deaf, entered].map(async (child) => (await once(child, 'close')) as [number | null, string | null]),
        );
        const begun = performance.now();
        const { ended } = await lab.down();
        const took = performance.now() - begun;
        // Programs have two seconds to end before they are killed: whoever is deaf gets them, and no longer.
        assert.ok(took > 1900 && took < 20_000, `it took ${took} ms`);
        assert.deepEqual(await ends, [
          [7, null],
          [null, 'SIGKILL'],
          [null, 'SIGTERM'],
        ]);
        assert.equal(said, 'ready\nbye\n');
        for (const { pid } of [polite, deaf, entered])
          assert.ok(
            ended.some((one) => one.pid === pid),
            `${pid} is not among those said to be ended`,
          );
        for (const child of [here, there])
          assert.equal(child.exitCode ?? child.signalCode, null, 'a process elsewhere was ended');
        const gone = [here, there].map((child) => once(child, 'close'));
        for (const child of [here, there]) child.kill();
        await Promise.all(gone);
      } finally {
        sh(`ip netns del ${elsewhere}`);
      }
    });
  });

  suite('a changed description', () => {
    const one = { a: { networks: ['lan'] } };
    const edits: Readonly<Record<string, readonly [TopologyInput, TopologyInput]>> = {
      'an MTU that is too small for IPv6': [
        {
          networks: { lan: { subnet: '10.51.0.0/24', mtu: 1400 }, bare: null },
          nodes: { a: { networks: ['lan', 'bare'] } },
        },
        {
          networks: { lan: { subnet: '10.51.0.0/24', mtu: 576 }, bare: { mtu: 600 } },
          nodes: { a: { networks: ['lan', 'bare'] } },
        },
      ],
      'an interface that comes to a network without IPv6, by its MTU, and loses its routes': [
        {
          networks: { lan: { subnet: 'fd51::/64', gateway: 'b' } },
          nodes: { a: { networks: ['lan'], routes: ['2001:db8::/32 via fd51::9'] }, b: { networks: ['lan'] } },
        },
        { networks: { lan: { mtu: 576 } }, nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } } },
      ],
      'an MTU below that of an IPv6 route': [
        {
          networks: { lan: { subnet: 'fd51::/64' } },
          nodes: { a: { networks: ['lan'], routes: ['2001:db8::/32 via fd51::9 mtu 1450'] } },
        },
        {
          networks: { lan: { subnet: 'fd51::/64', mtu: 1300 } },
          nodes: { a: { networks: ['lan'], routes: ['2001:db8::/32 via fd51::9 mtu 1450'] } },
        },
      ],
      'a network that loses its last node, and keeps its MTU': [
        { networks: { lan: { mtu: 9000 } }, nodes: one },
        { networks: { lan: { mtu: 9000 } }, nodes: { a: {} } },
      ],
      'a network that goes with routes through it': [
        {
          networks: { lan: { subnet: '10.51.0.0/24', internet: true } },
          nodes: { a: { networks: ['lan'], internet: true } },
        },
        {
          networks: { other: { subnet: '10.51.0.0/24' } },
          nodes: { a: { networks: ['other'], routes: ['10.9.0.0/16 via 10.51.0.9'] } },
        },
      ],
      'a node that goes, and one that takes its address': [
        { networks: { lan: { subnet: '10.51.0.0/24' } }, nodes: { ...one, b: { networks: ['lan'] } } },
        {
          networks: { lan: { subnet: '10.51.0.0/24' } },
          nodes: { b: { networks: ['lan'] }, c: { networks: { lan: '10.51.0.2' } } },
        },
      ],
      'a cable that leads elsewhere': [
        { nodes: { a: {}, b: {}, c: {} }, links: [{ between: ['a', 'b'], subnet: '10.51.0.0/30' }] },
        { nodes: { a: {}, b: {}, c: {} }, links: [{ between: ['a', 'c'], subnet: '10.51.0.0/30' }] },
      ],
    };
    for (const [what, [before, after]] of Object.entries(edits)) {
      test(`${what}, there and back`, async () => {
        const name = labName('edit');
        for (const topology of [before, after, before]) {
          const { compiled } = (await Lab.up({ ...topology, name })).result!;
          assertKernelIs(name, compiled.state);
          assert.deepEqual((await Lab.up({ ...topology, name })).result!.operations, []);
        }
      });
    }

    test('speaks from the first address that is written, in both families, whatever was there before', async () => {
      const name = labName('source');
      const random = new Random(Number(process.env['NETWRIGHT_SEED'] ?? 1));
      const some = (addresses: readonly string[]): string[] =>
        addresses
          .map((address) => ({ address, at: random.below(1000) }))
          .toSorted((a, b) => a.at - b.at)
          .slice(0, 1 + random.below(addresses.length))
          .map(({ address }) => address);
      const source = (to: string): string =>
        parseList<{ prefsrc: string }>(sh(`ip -n ${name}.a -j route get ${to}`))[0]!.prefsrc;
      for (let i = 0; i < 12; i++) {
        const v4 = some(['10.52.0.5', '10.52.0.6', '10.52.0.7']);
        const v6 = some(['fd52::5', 'fd52::6', 'fd52::7']);
        const topology: Named = {
          name,
          networks: { lan: { subnet: ['10.52.0.0/24', 'fd52::/64'], gateway: 'b' } },
          nodes: {
            a: { networks: { lan: { address: [...v6, ...v4] } }, routes: [`192.0.2.0/24 dev eth0 src ${v4.at(-1)!}`] },
            b: { networks: ['lan'], forward: true },
          },
        };
        const { compiled } = (await Lab.up(topology)).result!;
        assertKernelIs(name, compiled.state);
        assert.deepEqual((await Lab.up(topology)).result!.operations, []);
        const found = ['10.52.0.1', '198.51.100.1', 'fd52::1', '2001:db8::1', '192.0.2.1'].map(source);
        assert.deepEqual(found, [v4[0], v4[0], v6[0], v6[0], v4.at(-1)]);
      }
      await down(name);
    });

    test('with a setting that the kernel spells otherwise is no change', async () => {
      const name = labName('spelt');
      const reserving = async (ports: string): Promise<string[]> => {
        const nodes = { a: { sysctls: { 'net.ipv4.ip_local_reserved_ports': ports } } };
        return (await Lab.up({ name, nodes })).result!.operations.map(({ op }) => op);
      };
      await reserving('8080,8081');
      assert.deepEqual(await reserving('8080,8081'), []);
      assert.deepEqual(await reserving('8080,8081,8082'), ['set-sysctl']);
      const ports = () => sh(`ip netns exec ${name}.a sysctl -n net.ipv4.ip_local_reserved_ports`).trim();
      assert.equal(ports(), '8080-8082');
      await Lab.up({ name, nodes: { a: {} } });
      assert.equal(ports(), '');
      await down(name);
    });

    test('gives what it would give from nothing', async (t) => {
      const first = Number(process.env['NETWRIGHT_SEED'] ?? 1);
      let pairs = 0;
      for (let seed = first; pairs < PAIRS; seed++) {
        const random = new Random(seed);
        const one = randomTopology(random, labName('edit'));
        const other = seed % 4 === 0 ? randomTopology(random, one.name) : mutated(one, random);
        try {
          await Lab.up(one);
          const settings = new Map<TopologyInput, string[]>();
          for (const next of [other, one]) {
            const { compiled } = (await Lab.up(next)).result!;
            assertKernelIs(one.name, compiled.state, next === other ? 'after the change' : 'after changing it back');
            assert.deepEqual((await Lab.up(next)).result!.operations, []);
            settings.set(next, settingsOf(compiled.state));
          }
          for (const [next, changed] of settings) {
            await down(one.name);
            const fresh = settingsOf((await Lab.up(next)).result!.compiled.state);
            assert.deepEqual(
              [onlyIn(changed, fresh), onlyIn(fresh, changed)],
              [[], []],
              `settings after ${next === other ? 'the change' : 'changing it back'}, and from nothing`,
            );
          }
          pairs++;
        } catch (error) {
          if (error instanceof TopologyError) continue;
          t.diagnostic(`NETWRIGHT_SEED=${seed}: from ${JSON.stringify(one)} to ${JSON.stringify(other)}`);
          throw error;
        } finally {
          await down(one.name);
        }
      }
    });

    test('leaves connections over what stays alone', async () => {
      const name = labName('stays');
      const topology = (more: TopologyInput): Named => ({
        name,
        networks: { lan: { subnet: '10.45.0.0/24' }, ...more.networks },
        nodes: { client: { networks: ['lan'] }, server: { networks: { lan: '10.45.0.9' } }, ...more.nodes },
        links: [...(more.links ?? [])],
      });
      const lab = await Lab.up(topology({}));
      try {
        const server = lab
          .node('server')
          .spawn(process.execPath, ['-e', ECHO], { stdio: ['ignore', 'pipe', 'inherit'] });
        const client = lab
          .node('client')
          .spawn(process.execPath, ['-e', STREAM, '10.45.0.9'], { stdio: ['pipe', 'pipe', 'inherit'] });
        started.push(server, client);
        const lines = createInterface({ input: client.stdout! })[Symbol.asyncIterator]();
        const echoed = async (): Promise<number> => Number((await lines.next()).value);
        const before = await echoed();
        const edits: TopologyInput[] = [
          {
            networks: { more: { subnet: '10.46.0.0/24', internet: true } },
            nodes: { x: { networks: ['lan', 'more'], forward: true } },
          },
          {
            networks: { more: { subnet: '10.47.0.0/24', mtu: 1400 } },
            nodes: { y: { networks: ['more'] } },
            links: [{ between: ['client', 'server'], subnet: '10.48.0.0/30' }],
          },
          {},
        ];
        for (const edit of edits) {
          const { compiled } = (await Lab.up(topology(edit))).result!;
          assertKernelIs(name, compiled.state);
        }
        let after = before;
        for (let i = 0; i < 20; i++) after = await echoed();
        assert.equal(after, before + 20, 'a line was lost');
        const closed = once(client, 'close');
        client.stdin!.end();
        assert.deepEqual(await closed, [0, null]);
      } finally {
        await lab.down();
      }
    });
  });

  suite('forwarding on the host', () => {
    test('is on while a lab reaches out, and off after the last', async () => {
      assert.equal(forwarding(), '0');
      const first = await Lab.up(office(labName('fwd')));
      assert.equal(forwarding(), '1');
      const second = await Lab.up(office(labName('fwd')));
      await first.down();
      assert.equal(forwarding(), '1');
      const { restored } = await second.down();
      assert.deepEqual(restored.includes('net.ipv4.ip_forward'), true);
      assert.equal(forwarding(), '0');
    });

    test('goes with internet, when a lab no longer has any', async () => {
      const topology = office(labName('fwd'));
      const lab = await Lab.up(topology);
      const other = await Lab.up(office(labName('fwd')));
      await Lab.up(plain(topology.name));
      assert.equal(forwarding(), '1', 'the other lab needs it');
      await Lab.up(plain(other.name));
      assert.equal(forwarding(), '0');
      await lab.down();
      await other.down();
    });

    test('is right in the end, whenever a lab beside another one is killed', async () => {
      const second = office(labName('fwd'));
      // As it is planned beside the other lab, for which the host forwards already.
      const beside = await Lab.up(office(labName('fwd')));
      const { operations } = planLab({ value: second });
      const onHost = operations.flatMap((op, i) => (op.op !== 'set-files' && op.namespace === '' ? [i + 1] : []));
      assert.ok(onHost.length >= 4, `${onHost.length} steps on the host`);
      await beside.down();
      for (const killAfter of onHost) {
        const first = await Lab.up(office(labName('fwd')));
        assert.equal(await bringUp({ topology: second, killAfter }), undefined);
        await first.down();
        if (killAfter % 2 === 0) {
          await Lab.up(second);
          assert.equal(forwarding(), '1', `after step ${killAfter}`);
        }
        await down(second.name);
        assert.equal(forwarding(), '0', `after step ${killAfter}`);
      }
    });

    test('and what published ports need of it goes with them', async () => {
      const name = labName('pub');
      const networks = { lan: { subnet: '10.41.0.0/24', internet: true } };
      const a = { networks: ['lan'] };
      const lab = await Lab.up({ name, networks, nodes: { a: { ...a, publish: ['127.0.0.1:20123:80'] } } });
      const localnet = () => readFileSync(`/proc/sys/net/ipv4/conf/nw-${lab.name}/route_localnet`, 'utf8').trim();
      assert.equal(localnet(), '1');
      await Lab.up({ name, networks, nodes: { a } });
      assert.equal(localnet(), '0');
      await lab.down();
    });

    test('stays when it was on', async () => {
      sh('sysctl -q net.ipv4.ip_forward=1');
      const lab = await Lab.up(office(labName('fwd')));
      await lab.down();
      assert.equal(forwarding(), '1');
      sh('sysctl -q net.ipv4.ip_forward=0');
    });

    test('stays when another program translates addresses by then', async () => {
      const lab = await Lab.up(office(labName('fwd')));
      feed('table ip other { chain post { type nat hook postrouting priority 100; masquerade; }; }', 'nft', '-f', '-');
      const { restored, kept } = await lab.down();
      assert.deepEqual(restored, []);
      assert.ok(kept.includes('net.ipv4.ip_forward'));
      assert.equal(forwarding(), '1');
      run('nft', 'delete', 'table', 'ip', 'other');
      sh('sysctl -q net.ipv4.ip_forward=0');
    });
  });
});

const ECHO = "require('node:net').createServer((socket) => socket.pipe(socket)).listen(7000)";
/** Sends numbers as long as its input is open, and says which came back. */
const STREAM = `
const connect = () => {
  const socket = require('node:net').connect(7000, process.argv[1]);
  socket.on('error', (error) => (error.code === 'ECONNREFUSED' ? setTimeout(connect, 20) : process.exit(1)));
  socket.on('connect', () => {
    let n = 0;
    setInterval(() => socket.write(++n + '\\n'), 10);
    require('node:readline').createInterface({ input: socket }).on('line', (line) => console.log(line));
  });
};
connect();
process.stdin.on('end', () => process.exit(0)).resume();
`;

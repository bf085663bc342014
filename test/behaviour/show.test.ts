// What `show` tells of a lab is what the kernel has: routes of all tables, whoever put them there, and addresses of every
// scope. `ip -j` is the witness. And it is told in words, in the width of the terminal.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeLab } from '../../src/cli/output/show.ts';
import { PLAIN } from '../../src/cli/output/style.ts';
import { Lab, type NodeView } from '../../src/library/index.ts';
import { parseList, quote, run, sh } from '../support/command.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(root, 'dist/cli.cjs');
const main = existsSync(built) ? built : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

const wordsOf = (texts: readonly string[]): string => texts.join(' ').trim().split(/\s+/).join(' ');

const name = labName('show');
const members = Array.from({ length: 12 }, (_, i) => `n${i + 1}`);

/** Changes a node by hand. */
const ip = (line: string): void => void sh(`ip -n ${name}.n1 ${line}`);

/** What a command shows in 60 columns, line by line. */
const atTerminal = (...args: readonly string[]): string[] => {
  const command = `stty cols 60; ${[process.execPath, main, ...args].map(quote).join(' ')}`;
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', TERM: 'xterm' },
  });
  return stdout.split('\r\n');
};

suite('what show tells', { skip: skipWithoutRoot }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.up({
      name,
      networks: {
        lan: { subnet: ['10.72.0.0/24', 'fd00:72::/64'], internet: true, egress: ['192.0.2.1:443', '198.51.100.0/24'] },
        dark: { subnet: '10.73.0.0/24', internet: true, egress: [] },
        open: { subnet: '10.74.0.0/24', internet: true },
        closed: { subnet: '10.75.0.0/24' },
      },
      nodes: {
        ...Object.fromEntries(members.toReversed().map((node) => [node, { networks: ['lan'] }])),
        web: {
          networks: ['dark', 'open', 'closed'],
          publish: ['8472:80', '127.0.0.1:5372:53/udp', '9072-9074:9072-9074'],
        },
      },
    });
  });
  after(() => lab.down());

  const nodeOf = (of: string): NodeView => lab.show().nodes.find((node) => node.name === of)!;
  const text = (): string => describeLab(lab.show(), PLAIN);

  test('every route that ip lists, but those to its own addresses', () => {
    ip('link add dum type bridge');
    ip('address add 192.0.2.9/32 dev lo');
    ip('link set dum up');
    ip('route add 203.0.113.0/24 dev eth0');
    ip('route add 203.0.113.0/24 via 10.72.0.2 table 77 metric 5');
    ip('route add 198.18.0.0/24 via 10.72.0.3 proto bird');
    ip('route add unreachable 198.18.1.0/24');
    ip('route add 198.18.2.0/24 tos 0x10 via 10.72.0.3');
    ip('nexthop add id 7 via 10.72.0.4 dev eth0');
    ip('route add 198.18.3.0/24 nhid 7');
    ip('route add 2001:db8:9::/48 from fd00:72::/64 via fd00:72::2');
    ip('rule add from 203.0.113.0/24 lookup 77 priority 99');
    interface Route {
      readonly dst: string;
      readonly table?: string;
      readonly protocol: string;
      readonly dev?: string;
      readonly gateway?: string;
    }
    const listed = ['-4', '-6'].flatMap((family) =>
      parseList<Route>(sh(`ip -j -N ${family} -n ${name}.n1 route show table all`)),
    );
    const wanted = listed
      .filter(({ table, protocol }) => !(table === '255' && protocol === '2'))
      .map(({ dst, table, gateway }) => `${dst.replace(/\/.*/, '')} ${table ?? '254'} ${gateway ?? ''}`);
    const { routes, rules } = nodeOf('n1');
    const told = routes.map(({ destination, table, gateway }) => {
      const to = /^(0\.0\.0\.0|::)\/0$/.test(destination) ? 'default' : destination.replace(/\/.*/, '');
      return `${to} ${table ?? 254} ${gateway ?? ''}`;
    });
    assert.deepEqual(told.toSorted(), wanted.toSorted());
    assert.deepEqual(
      rules.map(({ priority, table }) => [priority, table]),
      [[99, 77]],
    );
    const shown = text();
    for (const line of [
      /^ {2}routes .*default via 10\.72\.0\.\d+ dev eth0$/m,
      /^ +10\.72\.0\.0\/24 dev eth0$/m,
      /^ +203\.0\.113\.0\/24 dev eth0$/m,
      /^ +203\.0\.113\.0\/24 via 10\.72\.0\.2 dev eth0 metric 5 table 77$/m,
      /^ +198\.18\.0\.0\/24 via 10\.72\.0\.3 dev eth0 proto bird$/m,
      /^ +unreachable 198\.18\.1\.0\/24$/m,
      /^ +198\.18\.2\.0\/24 tos 16 via 10\.72\.0\.3 dev eth0$/m,
      /^ +198\.18\.3\.0\/24 nhid 7 via 10\.72\.0\.4 dev eth0$/m,
      /^ +2001:db8:9::\/48 from fd00:72::\/64 via fd00:72::2 dev eth0$/m,
      /^ {2}rules +99: from 203\.0\.113\.0\/24 lookup 77$/m,
      /^ {2}lo +192\.0\.2\.9\/32/m,
      /^ {2}dum +fe80::\S+\/64/m,
    ])
      assert.match(shown, line);
    assert.doesNotMatch(shown, /no address|fe80::\/64/);
  });

  test('nodes and members in their natural order, and the ways out in words', () => {
    const { nodes, networks } = lab.show();
    assert.deepEqual(
      nodes.map((node) => node.name),
      [...members, 'web'],
    );
    assert.deepEqual(
      networks
        .filter((network) => network.interface !== 'uplink')
        .map(({ name: of, internet, egress }) => [of, internet, egress]),
      [
        ['lan', true, ['192.0.2.1:443', '198.51.100.0/24']],
        ['dark', true, []],
        ['open', true, undefined],
        ['closed', false, undefined],
      ],
    );
    const shown = text();
    assert.match(shown, /^ {2}lan +n1 to n12 {2}12 in all$/m);
    assert.match(shown, /^ +egress only to 192\.0\.2\.1:443, 198\.51\.100\.0\/24$/m);
    assert.match(shown, /^ +no egress$/m);
    assert.match(shown, /^ +egress to any destination$/m);
    assert.match(shown, /^ {2}published +port 8472 of the host → port 80$/m);
    assert.match(shown, /^ +ports 9072-9074 of the host → ports 9072-9074$/m);
    assert.match(shown, /^ +port 5372\/udp of the host at 127\.0\.0\.1 → port 53$/m);
    assert.doesNotMatch(shown, /chain|iifname|saddr|meta|outward/);
    assert.match(describeLab(lab.show(), PLAIN, { rules: true }), /leaving: in by lan, not out by lan: jumps to chain/);
    // What somebody adds to our tables is told all the same.
    run(
      'ip',
      'netns',
      'exec',
      name,
      'nft',
      'add',
      'rule',
      'inet',
      'netwright',
      'forward',
      'tcp',
      'dport',
      '25',
      'drop',
    );
    assert.match(text(), /forward: to TCP port 25: dropped/);
  });

  test('in 60 columns no word is broken, nor a line wider', () => {
    for (const args of [
      ['show', name],
      ['run', '--help'],
      ['show', `${name}-nobody-has-a-lab-of-this-name-that-is-so-long`],
    ]) {
      const lines = atTerminal(...args);
      assert.ok(lines.length > 2, args.join(' '));
      for (const line of lines) assert.ok(line.length <= 60, JSON.stringify(line));
      const piped = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
      assert.equal(wordsOf(lines), wordsOf([piped.stdout, piped.stderr]));
    }
  });

  test('names the privilege that reading a lab needs', () => {
    const module = new URL('../../src/library/index.js', import.meta.url).href;
    const program = `
      import { Lab } from ${JSON.stringify(module)};
      try {
        Lab.find(${JSON.stringify(name)}).show();
      } catch (error) {
        console.log(error.code, error.message);
      }`;
    const node = [process.execPath, '--input-type=module', '-e', program];
    const { stdout } = spawnSync('setpriv', ['--bounding-set', '-sys_admin', ...node], { encoding: 'utf8' });
    assert.match(stdout, /^ERR_CAPABILITY reading lab ".*" needs root/);
  });

  test('nodes of the topology that are not there', async () => {
    const other = await Lab.up({ name: labName('gone'), nodes: { n10: {}, n2: {}, here: {} } });
    try {
      assert.deepEqual(other.show().missing, []);
      for (const node of ['n10', 'n2']) sh(`umount -l /run/netwright/${other.name}/ns/${other.name}.${node}`);
      const shown = other.show();
      assert.deepEqual(shown.missing, ['n2', 'n10']);
      assert.deepEqual(
        shown.nodes.map((node) => node.name),
        ['here'],
      );
      assert.match(describeLab(shown, PLAIN), /: 1 node, 2 missing\n[^]*\n\nn2 {2}missing\n\nn10 {2}missing\n$/);
    } finally {
      await other.down();
    }
  });
});

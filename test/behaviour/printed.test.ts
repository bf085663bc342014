// What others have named or printed does nothing to the user's terminal but be read, whatever command shows it: arguments
// of processes, names of interfaces and files, comments of rules, logs. Each command runs at a terminal of its own.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { labLinkGroup } from '../../src/state/index.ts';
import { feed, quote, run } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(root, 'dist/cli.cjs');
const main = existsSync(built) ? built : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** A colour, a title, C1's CSI, an override of the direction, a separator of lines, and a line that looks like ours. */
const ODD = '\u001b[35mX\u001b]0;title\u0007\u009b1m\u202e\u2028\nnetwright: forged';
const ODD_LINE = '\u001b[32mgreen\u001b[0m \u001b]0;title\u0007\u009b2J\u202e\rend';

const lab = `odd${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'netwright-printed-'));
const file = join(folder, 'odd.yaml');
const children: ChildProcess[] = [];

const { FORCE_COLOR: _, NO_COLOR: __, NETWRIGHT_DEBUG: ___, ...environment } = process.env;
const env = { ...environment, TERM: 'xterm', SHELL: '/bin/sh' };

/** What a command writes to a terminal, and what it ends with. */
function atTerminal(...args: readonly string[]): { status: number | null; text: string } {
  const command = [process.execPath, main, ...args].map(quote).join(' ');
  const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    env,
  });
  return { status, text: stdout.replaceAll('\r\n', '\n') };
}

const piped = (...args: readonly string[]): string =>
  spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 60_000, env }).stdout;

/** Our colours, and the wiping of the line that says how far something is. */
// eslint-disable-next-line no-control-regex
const OURS = /\u001b\[(?:[12]|22|3[1-6]|39)m|\r\u001b\[K/g;

/** Whether what is told stands there, and does nothing. */
function assertHarmless(text: string, ...told: readonly RegExp[]): void {
  for (const part of told) assert.match(text, part);
  assert.doesNotMatch(text.replaceAll(OURS, ''), /[^\P{Cc}\n\t]|[\p{Bidi_Control}\u2028]/u, JSON.stringify(text));
  assert.doesNotMatch(text, /^netwright: forged/m);
  assert.ok(!text.includes('\u001b[35m'), 'a colour of theirs, though we have it, too');
}

suite('what others have named, at a terminal', { skip: skipWithoutRoot }, () => {
  before(async () => {
    writeFileSync(
      file,
      [
        `name: ${lab}`,
        'networks: { lan: { subnet: 10.71.0.0/24 } }',
        'nodes:',
        '  a: { networks: [lan], firewall: { input: allow } }',
        `  b: { networks: [lan], run: { command: ["sh", "-c", ${JSON.stringify('printf %s\\\\n "$0"; exec sleep 900')}, ${JSON.stringify(ODD_LINE)}] } }`,
        '',
      ].join('\n'),
    );
    run(process.execPath, main, 'up', file);
    children.push(
      spawn('ip', ['netns', 'exec', `${lab}.a`, 'bash', '-c', `exec -a "$0" sleep 900`, ODD], { stdio: 'ignore' }),
    );
    // The kernel takes any name for an interface but for spaces, slashes and colons.
    const group = String(labLinkGroup(lab));
    run('ip', '-n', `${lab}.a`, 'link', 'add', '\u001b[35mi\u202e', 'group', group, 'type', 'bridge');
    run('ip', 'link', 'add', '\u001b[35mh\u202e', 'type', 'bridge');
    feed(
      `table inet odd { chain c { type filter hook input priority 0; counter comment "${ODD.slice(0, 60)}";\n}\n}\n`,
      ...(['ip', 'netns', 'exec', `${lab}.a`, 'nft', '-f', '-'] as const),
    );
    await eventually(
      () => piped('show', lab, '--json'),
      (text) => text.includes('\\u001b[35mX'),
      'the process does not run',
    );
  });
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    spawnSync(process.execPath, [main, 'down', '--all']);
    run('ip', 'link', 'del', '\u001b[35mh\u202e');
    rmSync(folder, { recursive: true });
  });

  test('show, ps, firewall and snapshot tell of it', () => {
    const argument = /\\x1b\[35mX\\x1b\]0;title\\x07\\x9b1m\\u202e\\u2028\\nnetwright: forged/;
    const { text } = atTerminal('show', lab);
    assertHarmless(text, argument, /\\x1b\[35mi\\u202e/);
    assert.ok(text.includes('\u001b[36m'), 'our own colours');
    assertHarmless(atTerminal('show', lab, '--rules').text, argument, /"\\x1b\[35mX\\x1b/);
    assertHarmless(atTerminal('ps', lab).text, argument);
    assertHarmless(atTerminal('plan', file).text, /\\x1b\[35mi\\u202e/);
    assertHarmless(atTerminal('snapshot', '--host').text, /\\x1b\[35mh\\u202e/);
    assertHarmless(piped('show', lab), argument);
  });

  test('--json keeps it whole, and harmless', () => {
    for (const text of [atTerminal('show', lab, '--json').text, piped('show', lab, '--json')]) {
      assertHarmless(text);
      const { nodes } = JSON.parse(text) as { nodes: { processes: { command: string }[] }[] };
      assert.ok(nodes.some(({ processes }) => processes.some(({ command }) => command === `${ODD} 900`)));
    }
  });

  test('logs keep their colours at a terminal, and are whole where no terminal gets them, or where that is asked for', () => {
    const shown = '\u001b[32mgreen\u001b[0m \\x1b]0;title\\x07\\x9b2J\\u202e\\rend\u001b[0m\n';
    assert.ok(atTerminal('logs', lab).text.includes(shown), JSON.stringify(atTerminal('logs', lab).text));
    assert.ok(atTerminal('logs', lab, '--raw').text.includes(ODD_LINE));
    assert.ok(piped('logs', lab).includes(`${ODD_LINE}\n`));
    assertHarmless(atTerminal('logs', lab, '--json').text);
    assert.equal((JSON.parse(piped('logs', lab, '--json')) as { line: string }).line, ODD_LINE);
  });

  test('errors: a file, a mistake in it, a node, a port in use', async () => {
    const odd = join(folder, `${ODD.replace('\n', '')}.yaml`);
    writeFileSync(
      odd,
      `name: odd\nnodes:\n  "\\e[35m\\n\\u202e": {}\n  b: { run: "${ODD.replace('\n', '')}, networks: [lan] }\n`,
    );
    assertHarmless(atTerminal('up', odd).text, /netwright:/);
    assertHarmless(atTerminal('up', `${folder}/none\n${ODD}.yaml`).text, /there is no file/);
    assertHarmless(atTerminal('exec', `${lab}.${ODD}`, 'true').text, /there is no node/);
    assertHarmless(atTerminal('exec', `${lab}.a`, ODD).text, /there is no program/);
    assertHarmless(atTerminal('show', ODD).text, /neither a valid lab name/);
    const program = join(folder, '\u001b[35mp\u202e\nnetw');
    symlinkSync(process.execPath, program);
    const listen = `require('node:net').createServer().listen(8471, () => console.log('on'))`;
    const listener = spawn(program, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(listener);
    await new Promise((resolve) => listener.stdout.once('data', resolve));
    const publish = join(folder, 'publish.yaml');
    writeFileSync(publish, `name: ${lab}-p\nnodes: { web: { publish: [8471:80] } }\n`);
    const { text, status } = atTerminal('up', publish);
    assert.equal(status, 6, text);
    assertHarmless(text, /in use by "\\x1b\[35mp\\u202e/);
  });

  test('down tells what it has ended', () => {
    assertHarmless(atTerminal('down', lab).text, /ended \d+ in .*\.a: \\x1b\[35mX/);
  });
});

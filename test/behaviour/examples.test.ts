// Whoever brings an example up is told what to try next, and all of it works.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { afterEach, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { downAll } from '../../src/library/index.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const built = resolve('dist/cli.cjs');
const main = existsSync(built) ? built : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Runs what must succeed in another folder, with nothing to read, and returns what it printed. */
function netwright(...args: readonly string[]): string {
  const options = { encoding: 'utf8', cwd: tmpdir(), input: '' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options);
  assert.equal(status, 0, `netwright ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

suite('what `up` suggests works', { skip: skipWithoutRoot }, () => {
  afterEach(() => downAll());

  for (const name of existsSync('examples') ? readdirSync('examples').filter((file) => file.endsWith('.yaml')) : [])
    test(name, () => {
      const said = netwright('up', resolve('examples', name));
      const commands = [...said.matchAll(/^ {2}netwright (.*?)(?: {2}.*)?$/gm)].map(([, command]) =>
        command!.split(' '),
      );
      assert.deepEqual(
        ['show', 'check', 'exec', 'shell', 'down'].filter((word) => !commands.some(([first]) => first === word)),
        [],
        said,
      );
      // What prints on and on is read once.
      for (const words of commands) netwright(...words.filter((word) => word !== '-f'));
    });
});

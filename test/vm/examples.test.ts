// The examples on Debian's kernel, on a machine that has no network of its own.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { suite, test } from 'node:test';

const netwright = (...args: string[]) =>
  spawnSync(process.execPath, ['dist/cli.cjs', ...args], { encoding: 'utf8', timeout: 120_000 });

suite('examples on another kernel', () => {
  for (const file of ['dual-stack', 'nat']) {
    test(file, () => {
      const path = `examples/${file}.yaml`;
      const links = execFileSync('ip', ['-o', 'link']);
      const rules = execFileSync('nft', ['list', 'ruleset']);
      for (const args of [
        ['up', path],
        ['plan', '--exit-code', path],
        ['check', path],
        ['down', path],
      ]) {
        const { status, stdout, stderr } = netwright(...args);
        assert.equal(status, 0, `${args.join(' ')}: ${stdout}${stderr}`);
      }
      assert.deepEqual(readdirSync('/run/netns'), []);
      assert.deepEqual(execFileSync('ip', ['-o', 'link']), links);
      assert.deepEqual(execFileSync('nft', ['list', 'ruleset']), rules);
    });
  }
});

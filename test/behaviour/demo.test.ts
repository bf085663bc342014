// The demo does what it says, and leaves nothing.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { suite, test } from 'node:test';
import { Lab } from '../../src/library/index.ts';
import { assertUnchanged, snapshotHost } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const skip = skipWithoutRoot || (existsSync('dist/cli.cjs') ? false : 'it is not built: npm run build');

suite('the demo', { skip }, () => {
  test('tells what is so, and leaves nothing', async () => {
    const warm = await Lab.up({ name: labName('warm'), nodes: { a: { internet: true, run: 'true' } } });
    await warm.down();
    const untouched = snapshotHost();
    const { status, stdout, stderr } = spawnSync('bash', [resolve('scripts/demo.sh')], {
      encoding: 'utf8',
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // A step that takes more than a second tells of its progress.
    const said = stderr.replaceAll(/^bringing \S+ up: (?:\d+ of \d+ steps|wait until service .*)\n/gm, '');
    assert.deepEqual({ status, said }, { status: 0, said: '' }, stdout);
    // The address of the host on the server's side, which is no lab's.
    assert.match(stdout, /I call from 10\.1\.3\.2; the server sees (198\.51\.100\.1)\n\nThe server saw \1, the host's/);
    // The host's address on the lab's uplink: the first of a subnet that the lab's name selects.
    assert.match(stdout, /I call from 127\.0\.0\.1; the server sees 198\.19\.223\.65$/m);
    assert.equal(stdout.match(/ is as expected: 3 of 3/g)?.length, 3);
    await assertUnchanged(untouched);
  });
});

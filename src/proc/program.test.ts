import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { findProgram } from './program.ts';

suite('a program is found as execvp(3) finds it', () => {
  let folder: string;
  const put = (path: string, mode: number): void => {
    writeFileSync(join(folder, path), '');
    chmodSync(join(folder, path), mode);
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'netwright-program-'));
    for (const name of ['a', 'b', 'a/folder']) mkdirSync(join(folder, name));
    put('a/plain', 0o644);
    put('a/first', 0o755);
    put('b/first', 0o755);
    put('b/plain', 0o755);
    put('b/folder', 0o755);
    put('a/only', 0o600);
    put('a/two words', 0o755);
    put('here', 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));
  const find = (name: string, path = 'a:b') => findProgram(name, path, folder);
  const at = (path: string) => ({ path: join(folder, path) });

  test('in the first directory that has it', () => {
    assert.deepEqual(find('first'), at('a/first'));
    assert.deepEqual(find('first', 'b:a'), at('b/first'));
    assert.deepEqual(find('two words'), at('a/two words'));
    assert.deepEqual(find('first', `/nowhere:${folder}/a/first:${folder}/b`), at('b/first'));
  });

  test('directories of that name and files that are not executable are skipped', () => {
    assert.deepEqual(find('folder'), at('b/folder'));
    assert.deepEqual(find('plain'), at('b/plain'));
    assert.deepEqual(find('only'), { closed: true });
    assert.deepEqual(find('none'), { closed: false });
    assert.deepEqual(find(''), { closed: false });
    assert.deepEqual(find('..'), { closed: false });
  });

  test('an empty directory means the working directory; a name with a slash is a path relative to it', () => {
    assert.deepEqual(find('here', 'a::b'), at('here'));
    assert.deepEqual(find('here'), { closed: false });
    assert.deepEqual(find('./here', ''), at('here'));
    assert.deepEqual(find('a/first', 'b'), at('a/first'));
    assert.deepEqual(find(`${folder}/b/first`, ''), at('b/first'));
    assert.deepEqual(find('a/plain', ''), { closed: true });
  });
});

// The pages for contributors name rooms, files and decisions that exist.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOMS } from './layers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');

/** The texts of `form`'s first group in `text`. */
const all = (text, form) => [...text.matchAll(form)].map(([, found]) => found);

const FOLDERS = ['src', 'test', 'scripts', 'bench', 'docs', 'examples', 'findings'];

/** The paths in backticks of a page, from the root of the repository. */
const pathsIn = (text) => all(text, new RegExp(`\`((?:${FOLDERS.join('|')})/[^\`\\s]*)\``, 'g'));

/** Every file and folder in FOLDERS. */
const present = FOLDERS.flatMap((folder) => [
  folder,
  ...readdirSync(join(root, folder), { recursive: true }).map((path) => `${folder}/${path}`),
]);

/** True if a file or folder has this path, in which a word in capitals (NAME, FEATURE) stands for any name. */
function exists(path) {
  const escaped = path.replace(/\/$/, '').replaceAll(/[.+]/g, '\\$&');
  const pattern = new RegExp(`^${escaped.replaceAll(/\b[A-Z]{3,}\b/g, '[^/]+')}$`);
  return present.some((one) => pattern.test(one));
}

test('the table of rooms in CONTRIBUTING.md is that of layers.mjs', () => {
  const table = read('CONTRIBUTING.md').split('\n| room |')[1].split('\n\n')[0];
  const rooms = ROOMS.filter((room) => existsSync(join(root, 'src', room)));
  assert.deepEqual(all(table, /^\| `(\w+)` \|/gm), rooms);
});

for (const page of ['CONTRIBUTING.md', 'README.md', 'docs/extending.md', 'docs/limitations.md', 'findings/README.md']) {
  test(`the files that ${page} names exist`, () => {
    const paths = pathsIn(read(page));
    if (page === 'docs/extending.md') assert.ok(paths.length >= 30, `there are ${paths.length}`);
    assert.deepEqual(
      paths.filter((path) => !exists(path)),
      [],
    );
  });
}

test('the list of decisions has every decision, by its title', () => {
  const folder = join(root, 'docs', 'adr');
  const decisions = readdirSync(folder).filter((name) => /^\d{4}-/.test(name));
  const lines = decisions.toSorted().map((name) => {
    const [, number, title] = /^# (\d+)\. (.*)\n/.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
    assert.equal(Number(number), Number(name.slice(0, 4)), name);
    return `${number}. [${title}](${name})`;
  });
  assert.deepEqual(all(read('docs/adr/README.md'), /^(\d+\. .*)$/gm), lines);
});

test('the table in findings/README.md has every script', () => {
  const scripts = readdirSync(join(root, 'findings')).filter((name) => name.endsWith('.sh'));
  const rows = all(read('findings/README.md'), /^\| `([\w-]+)` \|/gm);
  assert.deepEqual(rows, scripts.map((name) => name.slice(0, -'.sh'.length)).toSorted());
});

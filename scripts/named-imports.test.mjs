import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { namedImports, redirected } from './named-imports.mjs';

const FILES = {
  'room/index.ts': [
    "export { one, two as deux, type Three } from './numbers.ts';",
    "export * from './more.ts';",
    "export * as whole from './numbers.ts';",
    "export { deep } from './inner/index.ts';",
    'export const own = 6;',
  ].join('\n'),
  'room/numbers.ts': 'export const one = 1, unused = 0; export const two = 2; export type Three = 3;',
  'room/more.ts': 'export function four() {}',
  'room/inner/index.ts': "export { deep } from './deep.ts';",
  'room/inner/deep.ts': "console.log('deep is loaded'); export const deep = 5;",
  'user/a.ts': '',
};
const folder = mkdtempSync(join(tmpdir(), 'named-imports-'));
const path = join(folder, 'user/a.ts');

function write(files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const faultsOf = (source) => redirected(source, path).faults;

before(() => write(FILES));
after(() => rmSync(folder, { recursive: true }));

/** @type {[string, string, string][]} */
const forms = [
  ['a name', "import { one } from '../room/index.ts'", "import { one } from '../room/numbers.ts'"],
  [
    'a name under another',
    "import { deux as d } from '../room/index.ts'",
    "import { two as d } from '../room/numbers.ts'",
  ],
  ['a name of export *', "import { four } from '../room/index.ts'", "import { four } from '../room/more.ts'"],
  ['a whole module', "import { whole } from '../room/index.ts'", "import * as whole from '../room/numbers.ts'"],
  [
    'a name of an index in the folder',
    "import { deep } from '../room/index.ts'",
    "import { deep } from '../room/inner/deep.ts'",
  ],
  [
    'a name that the index.ts defines',
    "import { own } from '../room/index.ts'",
    "import { own } from '../room/index.ts'",
  ],
  ['a re-exported name', "export { one } from '../room/index.ts'", "export { one } from '../room/numbers.ts'"],
  [
    'names of several files, and a type',
    "import { one, type Three, four } from '../room/index.ts'",
    "import { one } from '../room/numbers.ts'; import { four } from '../room/more.ts'",
  ],
  [
    'names from import()',
    "const { one, deux: d, four } = await import('../room/index.ts')",
    "const { one, two: d } = await import('../room/numbers.ts'), { four } = await import('../room/more.ts')",
  ],
  ['a member of import()', "(await import('../room/index.ts')).four()", "(await import('../room/more.ts')).four()"],
  ['types', "import type { Three } from '../room/index.ts'", "import type { Three } from '../room/index.ts'"],
  ['an import of a file', "import { two } from '../room/numbers.ts'", "import { two } from '../room/numbers.ts'"],
];
for (const [name, source, expected] of forms) {
  test(`${name} comes from the file that defines it`, () => {
    assert.deepEqual(redirected(source, path), { contents: expected, faults: [] });
  });
}

test('line numbers do not change', () => {
  const { contents } = redirected("import {\n  one,\n  four,\n} from '../room/index.ts';\nlast;", path);
  assert.equal(contents.split('\n').indexOf('last;'), 4);
});

test('an import() that would load the whole folder is a fault, and so is a missing name', () => {
  assert.match(faultsOf("\nconst load = () => import('../room/index.ts')")[0].text, /must be const/);
  assert.equal(faultsOf("\nconst load = () => import('../room/index.ts')")[0].line, 2);
  assert.match(faultsOf("const all = await import('../room/index.ts')")[0].text, /must be const/);
  assert.match(faultsOf("import { five } from '../room/index.ts'")[0].text, /does not export five/);
});

async function bundled(source, plugins) {
  write({ 'user/a.ts': source });
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    plugins,
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

test('the bundle does not have files that are not needed', async () => {
  const source = "import { one } from '../room/index.ts'; console.log(one);";
  assert.match(await bundled(source, []), /deep is loaded/);
  assert.doesNotMatch(await bundled(source, [namedImports(folder)]), /deep is loaded/);
  await assert.rejects(
    bundled("void import('../room/index.ts')", [namedImports(folder)]),
    /user\/a\.ts:1:.*must be const/,
  );
});

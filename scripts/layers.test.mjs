import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkLayers } from './layers.mjs';

const script = fileURLToPath(new URL('layers.mjs', import.meta.url));

/** Calls `use` with a temporary source folder with these files. */
function inFolder(files, use) {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const leaf = 'export const a = 1;\n';

/** The faults of `files`. Adds an index.ts to every folder without one, except those in `bare`. */
function faultsOf(files, { bare = [], ...tables } = {}) {
  const folders = Object.keys(files).flatMap((path) =>
    path
      .split('/')
      .slice(0, -1)
      .map((_, i, all) => all.slice(0, i + 1).join('/')),
  );
  const indexes = folders.filter((folder) => !bare.includes(folder)).map((folder) => [`${folder}/index.ts`, leaf]);
  const none = { deepImports: {}, ...tables };
  return inFolder({ ...Object.fromEntries(indexes), ...files }, (folder) => checkLayers(folder, none).faults);
}

test('imports down the layers pass', () => {
  const files = {
    'addr/index.ts': leaf,
    'observe/index.ts': "export * from '../addr/index.ts';",
    'plan/index.ts': "import { a } from '../addr/index.ts';\nimport type { S } from '../state/index.ts';",
    'state/index.ts': "import type { a } from '../addr/index.ts';",
    'plan/plan.test.ts': "import '../observe/index.ts';\nimport './index.ts';",
    'ffi/index.ts': "import koffi from 'koffi';\nimport fs from 'node:fs';",
    'cli/main.ts': "const { a } = await import('../plan/index.ts');",
  };
  assert.deepEqual(faultsOf(files), []);
});

test('a violation fails the command', () => {
  const files = { 'addr/index.ts': "import '../wire/index.ts';", 'wire/index.ts': leaf };
  const { status, stderr } = inFolder(files, (folder) => spawnSync(process.execPath, [script, folder]));
  assert.equal(status, 1);
  assert.equal(String(stderr), 'addr/index.ts:1: addr may not import wire, which is not below it\n');
});

test('no files at all fails the command', () => {
  const { status, stderr } = inFolder({}, (folder) => spawnSync(process.execPath, [script, folder]));
  assert.equal(status, 1);
  assert.match(String(stderr), /has no TypeScript files/);
});

/** @type {[string, Record<string, string>, RegExp][]} */
const violations = [
  ['a folder that is in no layer', { 'other/index.ts': leaf }, /other is not in the list of layers/],
  ['a file in no folder', { 'a.ts': leaf }, /a\.ts is not in the list of layers/],
  [
    'a layer using a higher one',
    { 'addr/a.ts': "export { a } from '../wire/a.ts'", 'wire/a.ts': leaf },
    /addr may not/,
  ],
  [
    'plan using observe',
    { 'plan/a.ts': "import { a } from '../observe/a.ts'", 'observe/a.ts': leaf },
    /plan may not import observe, only/,
  ],
  [
    'plan using netlink',
    { 'plan/a.ts': "import type { a } from '../netlink/a.ts'", 'netlink/a.ts': leaf },
    /plan may not/,
  ],
  [
    'apply using topology',
    { 'apply/a.ts': "import { a } from '../topology/a.ts'", 'topology/a.ts': leaf },
    /apply may not import topology/,
  ],
  ['a dynamic import up', { 'lab/a.ts': "void import('../cli/a.ts')", 'cli/a.ts': leaf }, /lab may not import cli/],
  ['a test importing up', { 'lab/a.test.ts': "import '../cli/a.ts'", 'cli/a.ts': leaf }, /lab may not import cli/],
  ['an import of a test', { 'lab/a.ts': "import './b.test.ts'", 'lab/b.test.ts': leaf }, /is a test/],
  ['koffi outside ffi', { 'netns/a.ts': "import koffi from 'koffi'" }, /only ffi may load koffi/],
  ['koffi required outside ffi', { 'netns/a.ts': "require('koffi')" }, /only ffi may load koffi/],
  ['an import without .ts', { 'lab/a.ts': "import './b'", 'lab/b.ts': leaf }, /not a TypeScript file/],
  ['a computed import', { 'lab/a.ts': 'await import(name)' }, /needs a literal/],
  ['an import of the package itself', { 'lab/a.ts': "import 'netwright'" }, /must be a relative path/],
];
for (const [name, files, fault] of violations) {
  test(`${name} is a fault`, () => {
    const faults = faultsOf(files);
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults[0], fault);
  });
}

test('a cycle is a fault, of types too', () => {
  const files = {
    'lab/a.ts': "import type { B } from './b.ts';",
    'lab/b.ts': "import './c.ts';",
    'lab/c.ts': "export * from './a.ts';",
  };
  assert.deepEqual(faultsOf(files), ['import cycle: lab/a.ts → lab/b.ts → lab/c.ts → lab/a.ts']);
});

test('a folder is imported through its index.ts, at every depth', () => {
  const files = {
    'plan/render/nft/a.ts': "import '../b.ts'; import '../../c.ts'; import '../../../addr/index.ts'; import './d.ts';",
    'plan/render/nft/d.ts': leaf,
    'plan/render/b.ts': "import '../describe/index.ts';",
    'plan/c.ts': leaf,
    'plan/describe/index.ts': "export * from './a.ts';",
    'plan/describe/a.ts': leaf,
    'addr/index.ts': leaf,
    'apply/a.ts': "import '../plan/index.ts';",
  };
  assert.deepEqual(faultsOf(files), []);
  const importing = (specifier) => faultsOf({ ...files, 'plan/c.ts': '', 'apply/a.ts': `import '${specifier}';` });
  assert.deepEqual(importing('../plan/c.ts'), ['apply/a.ts:1: plan/c.ts is to be imported from plan/index.ts']);
  assert.match(importing('../plan/describe/index.ts')[0], /is to be imported from plan\/index\.ts/);
  assert.match(faultsOf({ ...files, 'plan/c.ts': "import './describe/a.ts';" })[0], /from plan\/describe\/index\.ts/);
  assert.match(
    faultsOf({ ...files, 'plan/c.ts': "void import('./describe/a.ts');" })[0],
    /from plan\/describe\/index\.ts/,
  );
});

test('a listed import can bypass an index.ts, and a rule that no import needs is a fault', () => {
  const files = { 'addr/a.ts': leaf, 'plan/a.ts': "import '../addr/a.ts';" };
  assert.equal(faultsOf(files).length, 1);
  const deepImports = { 'plan/*.ts → addr/a.ts': 'why' };
  assert.deepEqual(faultsOf(files, { deepImports }), []);
  assert.deepEqual(faultsOf({ 'addr/a.ts': leaf }, { deepImports }), [
    'no import needs "plan/*.ts → addr/a.ts" of the deep imports',
  ]);
});

test('a folder has an index.ts, and no file beside it has its name', () => {
  assert.deepEqual(faultsOf({ 'plan/a.ts': leaf }, { bare: ['plan'] }), ['plan has no index.ts']);
  assert.deepEqual(faultsOf({ 'plan/render/a.ts': leaf }, { bare: ['plan/render'] }), ['plan/render has no index.ts']);
  assert.deepEqual(faultsOf({ 'plan/render/a.ts': leaf, 'plan/render.ts': leaf }), [
    'plan/render.ts stands beside the folder of its name',
  ]);
});

const lines = (count) => '\n'.repeat(count);

test('neither a file nor a room is too long', () => {
  assert.deepEqual(faultsOf({ 'plan/a.ts': lines(450) }), []);
  assert.deepEqual(faultsOf({ 'plan/a.test.ts': lines(451) }), ['plan/a.test.ts has 451 lines, of at most 450']);
  const room = (name, count) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}/${i}.ts`, lines(400)]));
  const fair = Object.assign({}, ...['addr', 'dns', 'wire', 'ffi', 'proc'].map((name) => room(name, 5)));
  assert.deepEqual(faultsOf(fair), []);
  assert.match(
    faultsOf({ ...fair, ...room('addr', 7) }).join(),
    /^addr has 2801 of the \d+ lines, which is more than a fifth$/,
  );
});

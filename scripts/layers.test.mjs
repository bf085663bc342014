import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkLayers } from './layers.mjs';

const script = fileURLToPath(new URL('layers.mjs', import.meta.url));

/** Runs `use` on a source folder that holds `files`. */
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

const faultsOf = (files) => inFolder(files, (folder) => checkLayers(folder).faults);
const leaf = 'export const a = 1;\n';

test('imports down the layers pass', () => {
  const files = {
    'addr/index.ts': leaf,
    'observe/index.ts': "export * from '../addr/index.ts';",
    'plan/index.ts': "import { a } from '../addr/index.ts';\nimport type { S } from '../state/index.ts';",
    'state/index.ts': "import type { a } from '../addr/index.ts';",
    'plan/plan.test.ts': "import '../observe/index.ts';\nimport './index.ts';",
    'ffi/index.ts': "import koffi from 'koffi';\nimport fs from 'node:fs';",
    'cli/main.ts': "await import('../plan/index.ts');",
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
  ['a folder that is in no layer', { 'other/a.ts': leaf }, /other is not in the list of layers/],
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

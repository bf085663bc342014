// What the documentation shows in TypeScript compiles for those who have the package installed, declarations and all; what it
// shows as whole topology files compiles too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseNetwork } from '../../src/addr/index.ts';
import { compile, parseTopology } from '../../src/topology/index.ts';

const ROOT = process.cwd();
const OPTIONS = { module: 'nodenext', target: 'es2022', lib: ['es2023', 'esnext.disposable'], types: ['node'] };

test('snippets that begin with an import are whole programs', () => {
  const pages = ['README.md', ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))];
  const snippets = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/^```ts\n(import .*?)^```$/gms)].map(([, code], i) => ({
      name: `${page.replaceAll(/\W/g, '-')}-${i + 1}.ts`,
      code: code!,
    })),
  );
  assert.ok(snippets.length >= 4, `there are ${snippets.length}`);
  const folder = mkdtempSync(join(tmpdir(), 'netwright-snippets-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules', 'netwright'));
    symlinkSync(join(ROOT, 'node_modules', '@types'), join(folder, 'node_modules', '@types'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const files = snippets.map(({ name }) => name);
    const compilerOptions = { ...OPTIONS, strict: true, skipLibCheck: false, noEmit: true };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    for (const { name, code } of snippets) writeFileSync(join(folder, name), code);
    const { stdout, status } = spawnSync(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', folder], {
      encoding: 'utf8',
    });
    assert.deepEqual({ stdout, status }, { stdout: '', status: 0 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the first topology files of README and docs are whole', () => {
  for (const page of ['README.md', 'docs/topology.md']) {
    const [, text] = /^```yaml\n(.*?)^```$/ms.exec(readFileSync(page, 'utf8')) ?? [];
    const uplink = { v4: parseNetwork('172.31.7.0/28') };
    const { nodes } = compile(parseTopology(text!, 'example.yaml'), { ipv6: true, uplink });
    assert.ok(Object.keys(nodes).length > 1);
  }
});

// Builds dist/ from src/: the library (JavaScript and types, file by file) and the command line (one file).
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });

const { status } = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.dist.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: join(dist, 'cli.cjs'),
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // CommonJS starts a few milliseconds sooner than an ES module, on every command.
  format: 'cjs',
  plugins: [lazyKoffi()],
  // Identifiers stay whole so that stack traces can be read, and names because the errors' names are their classes'.
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: true,
  legalComments: 'none',
  define: { __VERSION__: JSON.stringify(version) },
  banner: { js: '#!/usr/bin/env node' },
  logLevel: 'warning',
});
chmodSync(join(dist, 'cli.cjs'), 0o755);

const jsonSchema = join(dist, 'topology/json-schema.js');
if (existsSync(jsonSchema)) {
  const { topologyJsonSchema } = await import(pathToFileURL(jsonSchema).href);
  writeFileSync(join(dist, 'topology.schema.json'), `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`);
}

/**
 * Leaves koffi, a native addon, outside the bundle and loads it when the module that imports it is first used. An
 * external `import` would be hoisted to the start of the file, and `--help` would pay for it.
 */
function lazyKoffi() {
  return {
    name: 'lazy-koffi',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^koffi$/ }, ({ kind }) =>
        kind === 'require-call' ? { path: 'koffi', external: true } : { path: 'koffi', namespace: 'lazy-koffi' },
      );
      onLoad({ filter: /.*/, namespace: 'lazy-koffi' }, () => ({
        contents: "module.exports = require('koffi');",
        resolveDir: root,
      }));
    },
  };
}

// Builds dist/ from src/: the library's types, the library (one file an entry, what they share in others), the command
// line (one file) and the JSON Schema.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
/** Around the part of the command line that is compiled when it is needed. */
const COMMENT_START = '/*program\n';
/** Stands for the two characters that would end the comment. */
const COMMENT_END_INSIDE = '*\u0001/';
const { version, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });

const { status } = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.dist.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

await buildLibrary();
await buildCommandLine(join(dist, 'cli.cjs'));
await buildJsonSchema(join(dist, 'topology.schema.json'));

/** The folders that package.json exports. Loading three hundred files one by one takes four times as long. */
async function buildLibrary() {
  const folders = Object.values(exports).flatMap(
    (entry) => /^\.\/dist\/(\w+)\/index\.js$/.exec(entry.default ?? '')?.[1] ?? [],
  );
  if (folders.length === 0) throw new Error('package.json exports nothing of dist/');
  await build({
    absWorkingDir: root,
    entryPoints: folders.map((folder) => `src/${folder}/index.ts`),
    outbase: 'src',
    outdir: dist,
    chunkNames: 'shared/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    external: ['koffi'],
    // yaml, for one, is CommonJS, and asks for parts of Node in its own way.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}

async function buildJsonSchema(outfile) {
  const program =
    "import { topologyJsonSchema } from './src/topology/json-schema.ts'; console.log(JSON.stringify(topologyJsonSchema(), null, 2));";
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-'], {
    input: outputFiles[0].text,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  writeFileSync(outfile, stdout);
}

/**
 * The command line, in one file. Most of what it does is not needed by its fastest commands, and parsing it costs more
 * than running them (12 ms): it stands in the file as a comment, which main.ts's import() of program.ts compiles.
 */
async function buildCommandLine(outfile) {
  const main = await bundle('src/cli/main.ts', [compiledFromComment('./program.ts')], '#!/usr/bin/env node');
  const program = await bundle('src/cli/program.ts', []);
  writeFileSync(outfile, `${main}\n${COMMENT_START}${program.replaceAll('*/', COMMENT_END_INSIDE)}\n*/\n`);
  chmodSync(outfile, 0o755);
}

async function bundle(entryPoint, plugins, firstLine = '') {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    // CommonJS starts a few milliseconds sooner than an ES module, on every command.
    format: 'cjs',
    plugins: [lazyKoffi(), ...plugins],
    // Identifiers stay whole so that stack traces can be read, and names because the errors' names are their classes'.
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: true,
    legalComments: 'none',
    logOverride: { 'empty-import-meta': 'silent' },
    define: { __VERSION__: JSON.stringify(version) },
    banner: { js: firstLine },
    logLevel: 'warning',
  });
  return outputFiles[0].text.trimEnd();
}

/** Makes a module that compiles what follows the start of the comment, with its line numbers as they are in the file. */
function compiledFromComment(specifier) {
  return {
    name: 'compiled-from-comment',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path }) => (path === specifier ? { path, namespace: 'comment' } : undefined));
      onLoad({ filter: /.*/, namespace: 'comment' }, () => ({
        contents: `
          const file = require('node:fs').readFileSync(__filename, 'utf8');
          const start = file.lastIndexOf(${JSON.stringify(`\n${COMMENT_START}`)}) + ${1 + COMMENT_START.length};
          const code = file.slice(start, file.lastIndexOf('*/')).replaceAll(${JSON.stringify(COMMENT_END_INSIDE)}, '*' + '/');
          const lineOffset = file.slice(0, start).split('\\n').length - 1;
          require('node:vm').compileFunction(code, ['module', 'exports', 'require', '__filename'], {
            filename: __filename,
            lineOffset,
          })(module, module.exports, require, __filename);`,
        resolveDir: root,
      }));
    },
  };
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

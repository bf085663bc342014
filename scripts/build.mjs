// Builds dist/ from src/: the library (JavaScript and types, file by file) and the command line (one file).
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
/** Around the part of the command line that is compiled when it is needed. */
const COMMENT_START = '/*program\n';
/** Stands for the two characters that would end the comment. */
const COMMENT_END_INSIDE = '*\u0001/';
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });

const { status } = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.dist.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

await buildCommandLine(join(dist, 'cli.cjs'));

const jsonSchema = join(dist, 'topology/json-schema.js');
if (existsSync(jsonSchema)) {
  const { topologyJsonSchema } = await import(pathToFileURL(jsonSchema).href);
  writeFileSync(join(dist, 'topology.schema.json'), `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`);
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

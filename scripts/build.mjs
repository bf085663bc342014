// Builds dist/ from src/: the library's types, the library (build-library.mjs), the command line (three files) and the
// JSON Schema.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildLibrary } from './build-library.mjs';
import { namedImports } from './named-imports.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });

const { status } = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.dist.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

await buildLibrary(root, dist, exportedFolders());
await buildCommandLine();
await buildJsonSchema(join(dist, 'topology.schema.json'));

function exportedFolders() {
  const folders = Object.values(exports).flatMap(
    (entry) => /^\.\/dist\/(\w+)\/index\.js$/.exec(entry.default ?? '')?.[1] ?? [],
  );
  if (folders.length === 0) throw new Error('package.json exports nothing of dist/');
  return folders;
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
 * Builds the command line: cli.cjs, which starts every command; fast-path.cjs for the fastest commands; and program.cjs
 * for the others, which compile-cache.ts runs with V8's code cache.
 */
async function buildCommandLine() {
  const bundled = await bundle('src/cli/program.ts', []);
  const program = `(function (module, exports, require, __filename) {${bundled}\n})\n`;
  // It is read as Latin-1.
  if (/[^\0-\x7f]/.test(program)) throw new Error('program.cjs is to be ASCII');
  writeFileSync(join(dist, 'program.cjs'), program);
  const hash = createHash('sha256').update(program).digest('hex').slice(0, 16);
  writeFileSync(join(dist, 'fast-path.cjs'), `${await bundle('src/cli/fast-path.ts', [])}\n`);
  const main = await bundle('src/cli/main.ts', [filesOfTheBuild()], {
    banner: { js: '#!/usr/bin/env node' },
    define: { __PROGRAM__: JSON.stringify(hash) },
  });
  const file = join(dist, 'cli.cjs');
  writeFileSync(file, `${main}\n`);
  chmodSync(file, 0o755);
}

async function bundle(entryPoint, plugins, { banner = {}, define = {} } = {}) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    // CommonJS starts a few milliseconds faster than an ES module.
    format: 'cjs',
    // import() would initialise the ES module loader, which takes 30 ms.
    supported: { 'dynamic-import': false },
    plugins: [namedImports(join(root, 'src')), lateModules(), ...plugins],
    // Identifiers are kept for readable stack traces, and because the names of errors are those of their classes.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    charset: 'ascii',
    // import.meta.url is only used for worker threads, which the command line does not have.
    define: { __VERSION__: JSON.stringify(version), 'import.meta.url': '""', ...define },
    external: ['undici'],
    banner,
    logLevel: 'warning',
  });
  const text = outputFiles[0].text.trimEnd();
  // If two classes have the same name, esbuild renames one; `keepNames` would add code to every function.
  const renamed = /\b(?!Commander|InvalidArgument)\w+Error\d+(?==class)/.exec(text);
  if (renamed !== null) throw new Error(`two classes have the same name: esbuild renamed one to ${renamed[0]}`);
  return text;
}

/** Makes main.ts load fast-path.cjs, and program.cjs through compile-cache.ts. */
function filesOfTheBuild() {
  return {
    name: 'files-of-the-build',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/fast-path\.ts$/ }, () => ({ path: './fast-path.cjs', external: true }));
      onResolve({ filter: /^\.\/program\.ts$/ }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: join(root, 'src/cli/compile-cache.ts') } : undefined,
      );
    },
  };
}

/**
 * Delays the loading of koffi, a native addon, and of those of Node's modules that are not loaded at its start, until
 * their first use. No command needs all of them.
 */
function lateModules() {
  const here = createRequire(import.meta.url);
  const started = new Set(startedWith());
  const late = ['koffi', ...builtinModules.filter((name) => !started.has(name)).map((name) => `node:${name}`)];
  return {
    name: 'late-modules',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(koffi$|node:)/ }, ({ path, kind, namespace }) =>
        late.includes(path) && namespace !== 'late' && !(path === 'koffi' && kind === 'require-call')
          ? { path, namespace: 'late' }
          : { path, external: true },
      );
      onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
        contents: `
          let loaded;
          const load = () => (loaded ??= ${loading(path)});
          for (const name of ${JSON.stringify(Object.keys(here(path)))})
            Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] });`,
        resolveDir: root,
      }));
    },
  };
}

/** The code that loads a module. */
function loading(path) {
  return path === 'koffi' ? "require('./src/ffi/load-koffi.ts').loadKoffi()" : `require('${path}')`;
}

/** The modules that Node has loaded at the start of a program in a file; for `node -e` it loads more. */
function startedWith() {
  const file = join(dist, 'started.cjs');
  writeFileSync(file, "console.log(process.moduleLoadList.join('\\n'))");
  const { stdout } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  rmSync(file);
  return [...stdout.matchAll(/^NativeModule (\S+)$/gm)].map(([, name]) => name);
}

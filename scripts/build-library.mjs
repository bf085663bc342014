// Builds the library in three forms: library.cjs, one file with all folders that package.json exports, for which V8's
// code cache is kept; a module for each folder that re-exports from it; and, for bundlers, ECMAScript modules in
// dist/modules/.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { namedImports } from './named-imports.mjs';

/** What a worker thread runs, and the file that it starts with, which is only loaded by its name. */
const THREAD = 'inside/thread';
const BOOTSTRAP = 'inside/bootstrap';

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Identifiers are kept for readable stack traces, and because the names of errors are those of their classes.
  minifyWhitespace: true,
  minifySyntax: true,
  // Node prints the source line of an uncaught error.
  lineLimit: 160,
  legalComments: 'none',
  logLevel: 'warning',
};

/** @param folders the names of the folders that package.json exports */
export async function buildLibrary(root, dist, folders) {
  const exported = await buildModules(root, join(dist, 'modules'), folders);
  const hash = await buildOneFile(root, dist, folders);
  await buildLoader(root, dist, hash);
  for (const [entry, names] of exported) writeModule(dist, entry, names);
  await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: [`src/${BOOTSTRAP}.ts`],
    outfile: join(dist, `${BOOTSTRAP}.js`),
    format: 'esm',
    plugins: [externalThread()],
  });
}

const entriesOf = (folders) => [...folders.map((folder) => `${folder}/index`), THREAD];

/** Returns the exported names of each entry. */
async function buildModules(root, outdir, folders) {
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: [...entriesOf(folders), BOOTSTRAP].map((entry) => `src/${entry}.ts`),
    outbase: 'src',
    outdir,
    chunkNames: 'shared/[name]-[hash]',
    splitting: true,
    format: 'esm',
    metafile: true,
    plugins: [namedImports(join(root, 'src'))],
    external: ['koffi', 'undici'],
    keepNames: true,
    // CommonJS packages such as yaml call require() for Node's modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  const outputs = new Map(Object.values(metafile.outputs).map((output) => [output.entryPoint, output.exports]));
  return entriesOf(folders).map((entry) => [entry, outputs.get(`src/${entry}.ts`)]);
}

/** Writes library.cjs, in which each folder is evaluated on first use. Returns its hash. */
async function buildOneFile(root, dist, folders) {
  const getters = entriesOf(folders).map(
    (entry) => `get ${JSON.stringify(nameOf(entry))}() { return require('./src/${entry}.ts'); }`,
  );
  const { outputFiles } = await build({
    ...COMMON,
    absWorkingDir: root,
    stdin: { contents: `module.exports = { ${getters.join(', ')} };`, resolveDir: root },
    write: false,
    format: 'cjs',
    plugins: [namedImports(join(root, 'src'))],
    // There is no import() in a vm.Script: modules are in the file, or loaded with require().
    supported: { 'dynamic-import': false },
    charset: 'ascii',
    define: { 'import.meta.url': '__url' },
    external: ['koffi', 'undici'],
  });
  const library = `(function (module, require, __filename, __url) {${outputFiles[0].text.trimEnd()}\n})\n`;
  // The loader reads it as Latin-1.
  if (/[^\0-\x7f]/.test(library)) throw new Error('library.cjs is to be ASCII');
  // If two classes have the same name, esbuild renames one.
  const renamed = /\b\w+Error\d+(?==class)/.exec(library);
  if (renamed !== null) throw new Error(`two classes have the same name: esbuild renamed one to ${renamed[0]}`);
  writeFileSync(join(dist, 'library.cjs'), library);
  return createHash('sha256').update(library).digest('hex').slice(0, 16);
}

const buildLoader = (root, dist, hash) =>
  build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: ['src/loader/index.ts'],
    outfile: join(dist, 'library.js'),
    format: 'esm',
    define: { __LIBRARY__: JSON.stringify(hash) },
  });

/** Returns `netlink` for `netlink/index`. */
const nameOf = (entry) => entry.replace(/\/index$/, '');

function writeModule(dist, entry, names) {
  const path = join(dist, `${entry}.js`);
  mkdirSync(dirname(path), { recursive: true });
  const list = names.toSorted().join(', ');
  writeFileSync(
    path,
    `import { library } from '../library.js';\nexport const { ${list} } = library[${JSON.stringify(nameOf(entry))}];\n`,
  );
}

/** Makes bootstrap.js import the thread's module from the library, like the user's module in the thread. */
function externalThread() {
  return {
    name: 'thread-apart',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/thread\.ts$/ }, () => ({ path: './thread.js', external: true }));
    },
  };
}

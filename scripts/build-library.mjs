// Builds the library three times over: one file of all folders that package.json exports (library.cjs), which V8 can be given
// what it compiled of before; the modules that lead to it, one a folder; and for bundlers, which must see what they bundle,
// the same as ECMAScript modules (dist/modules/).
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { namedImports } from './named-imports.mjs';

/** What a thread of a worker runs, and begins with: the latter is a file that only its name leads to. */
const THREAD = 'inside/thread';
const BOOTSTRAP = 'inside/bootstrap';

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Identifiers stay whole so that stack traces can be read, and the errors' names are their classes'.
  minifyWhitespace: true,
  minifySyntax: true,
  // Node shows the line that an error comes from.
  lineLimit: 160,
  legalComments: 'none',
  logLevel: 'warning',
};

/** @param folders what package.json exports, by name */
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
    plugins: [threadApart()],
  });
}

const entriesOf = (folders) => [...folders.map((folder) => `${folder}/index`), THREAD];

/** Returns what each entry exports. */
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
    // yaml, for one, is CommonJS, and asks for parts of Node in its own way.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  const outputs = new Map(Object.values(metafile.outputs).map((output) => [output.entryPoint, output.exports]));
  return entriesOf(folders).map((entry) => [entry, outputs.get(`src/${entry}.ts`)]);
}

/** Each folder is evaluated when it is asked for. Returns a hash of it all. */
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
    // What vm.Script runs has no import(); what it would load is here, or required.
    supported: { 'dynamic-import': false },
    charset: 'ascii',
    define: { 'import.meta.url': '__url' },
    external: ['koffi', 'undici'],
  });
  const library = `(function (module, require, __filename, __url) {${outputFiles[0].text.trimEnd()}\n})\n`;
  // It is read byte by byte.
  if (/[^\0-\x7f]/.test(library)) throw new Error('library.cjs is to be ASCII');
  // Of two classes with one name, esbuild gives one another.
  const renamed = /\b\w+Error\d+(?==class)/.exec(library);
  if (renamed !== null) throw new Error(`two classes have the name of ${renamed[0]}: give one of them another`);
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

/** `netlink` of `netlink/index`. */
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

/** Has bootstrap.js import what its thread runs from the library, as the user's module does there. */
function threadApart() {
  return {
    name: 'thread-apart',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/thread\.ts$/ }, () => ({ path: './thread.js', external: true }));
    },
  };
}

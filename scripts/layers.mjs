// Checks that every import in src/ goes down the layers, that only src/ffi loads koffi, and that no imports form a cycle.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folders of src/, lowest first. A folder imports from itself and, unless `only` says otherwise, from every folder
 * above it in this list. Tests may use every folder above theirs.
 */
const layers = {
  base: {},
  addr: {},
  dns: {},
  state: {},
  wire: {},
  ffi: {},
  proc: {},
  netlink: {},
  rtnetlink: {},
  nftables: {},
  conntrack: {},
  netns: {},
  sockets: {},
  names: {},
  inside: {},
  capture: {},
  observe: {},
  format: { only: ['base', 'addr'] },
  topology: { only: ['base', 'addr', 'state', 'format'] },
  plan: { only: ['base', 'addr', 'state'] },
  apply: {},
  host: {},
  store: {},
  publish: {},
  probe: {},
  monitor: {},
  rootless: {},
  lease: {},
  lab: {},
  doctor: {},
  sandbox: {},
  cni: {},
  ui: {},
  cli: {},
  testing: {},
  library: {},
  loader: { only: ['base'] },
};

/** Packages that only some folders may load. */
const packages = { koffi: ['ffi'], undici: ['inside'] };

/** Files that import what they are told to. */
const loaders = ['ffi/load-koffi.ts', 'inside/bootstrap.ts'];

const order = Object.keys(layers);
const isTest = (path) => path.endsWith('.test.ts');

/** Checks the folder `src`. Returns how many files it saw and what is wrong, one line a fault. */
export function checkLayers(src) {
  const paths = readdirSync(src, { recursive: true })
    .filter((path) => path.endsWith('.ts'))
    .toSorted();
  const faults = paths.length === 0 ? [`${src} has no TypeScript files`] : [];
  const graph = new Map();

  for (const path of paths) {
    const [folder] = path.split(sep);
    if (!Object.hasOwn(layers, folder)) {
      faults.push(`${path}: ${folder} is not in the list of layers`);
      continue;
    }
    const targets = [];
    graph.set(path, targets);
    for (const { specifier, line } of importsOf(readFileSync(join(src, path), 'utf8'))) {
      const fault = (message) => faults.push(`${path}:${line}: ${message}`);
      if (specifier === undefined) {
        if (!loaders.includes(path)) fault('import() needs a literal, to be checked');
      } else if (/^\.\.?(\/|$)/.test(specifier)) {
        const target = relative(src, resolve(src, dirname(path), specifier));
        if (!existsSync(join(src, target)) || !target.endsWith('.ts')) fault(`${specifier} is not a TypeScript file`);
        else if (target.startsWith('..')) fault(`${specifier} is outside ${src}`);
        else {
          const message = forbidden(path, target);
          if (message) fault(message);
          else targets.push(target);
        }
      } else if (/^(\/|[a-z]:|file:|netwright(\/|$))/i.test(specifier)) {
        fault(`${specifier} must be a relative path`);
      } else {
        const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        const owners = packages[name];
        if (owners && !owners.includes(folder)) fault(`only ${owners.join(', ')} may load ${name}`);
      }
    }
  }
  faults.push(...cyclesOf(graph).map((cycle) => `import cycle: ${cycle.join(' → ')}`));
  return { files: paths.length, faults };
}

/** Says why `path` may not import `target`, if it may not. */
function forbidden(path, target) {
  const from = path.split(sep)[0];
  const to = target.split(sep)[0];
  if (isTest(target)) return `${target} is a test`;
  if (from === to) return undefined;
  if (!order.slice(0, order.indexOf(from)).includes(to)) return `${from} may not import ${to}, which is not below it`;
  const { only } = layers[from];
  if (!only || only.includes(to) || isTest(path)) return undefined;
  return `${from} may not import ${to}, only ${only.join(', ')}`;
}

/** Every import, export from, import() and require() of `source`. A call whose argument is no literal has no specifier. */
export function importsOf(source) {
  const { text, strings } = skeleton(source);
  const imports = [];
  const add = (index, string, kind) =>
    imports.push({
      specifier: string === undefined ? undefined : strings[string],
      kind,
      line: text.slice(0, index).split('\n').length,
    });
  for (const match of text.matchAll(
    /(?<![\w$.])(?:import|export)\s*(?:(type)\s+(?!from\b))?(?:[\w$\s{},*]*?(?<![\w$])from\s*)?"(\d+)"/g,
  )) {
    add(match.index, match[2], match[1] ? 'type' : 'value');
  }
  for (const match of text.matchAll(/(?<![\w$.])(?:import|require)\s*\(\s*(?:"(\d+)")?/g)) {
    add(match.index, match[1], 'value');
  }
  return imports;
}

/**
 * The code without its comments, templates and regular expressions, each string replaced by its number in quotes. Line
 * breaks stay.
 */
function skeleton(source) {
  const strings = [];
  const templateDepths = [];
  let depth = 0;
  let text = '';
  const pattern =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|`|[{}]|\/(?![/*])|[^'"`{}/]+/g;
  for (let match; (match = pattern.exec(source));) {
    const [token] = match;
    const lineBreaks = token.replace(/[^\n]/g, '');
    if (token.startsWith('//') || token.startsWith('/*')) {
      text += ` ${lineBreaks}`;
    } else if (/^['"]/.test(token)) {
      text += `"${strings.push(token.slice(1, -1)) - 1}"${lineBreaks}`;
    } else if (token === '`' || (token === '}' && templateDepths.at(-1) === depth)) {
      // A template begins, or goes on after an expression in it.
      if (token === '}') templateDepths.pop();
      const rest = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(`|\$\{)?/y;
      rest.lastIndex = pattern.lastIndex;
      const [template, end] = rest.exec(source);
      pattern.lastIndex += template.length;
      if (end === '${') templateDepths.push(depth);
      text += `;${template.replace(/[^\n]/g, '')}`;
    } else if (token === '/') {
      // After an operand it divides; anywhere else a regular expression begins.
      const divides =
        /[\w$)\]"}]\s*$/.test(text) && !/(?<![\w$.])(?:return|typeof|case|of|in|do|else|yield|await)\s*$/.test(text);
      const literal = /(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
      literal.lastIndex = pattern.lastIndex;
      const found = divides ? null : literal.exec(source);
      if (found) pattern.lastIndex += found[0].length;
      text += found ? ' 0 ' : token;
    } else {
      if (token === '{') depth++;
      if (token === '}') depth--;
      text += token;
    }
  }
  return { text, strings };
}

/** The cycles met on a depth-first walk, each as its files in order, the first repeated at the end. */
function cyclesOf(graph) {
  const cycles = [];
  const done = new Set();
  const trail = [];
  const visit = (path) => {
    if (done.has(path)) return;
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path]);
      return;
    }
    trail.push(path);
    for (const target of graph.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return cycles;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { files, faults } = checkLayers(process.argv[2] ?? 'src');
  for (const fault of faults) console.error(fault);
  console.log(`layers: ${files} files, ${faults.length} faults`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

// The pages of docs/api/: which names are described where.
import { kindOf, methodsOf } from './declaration.mjs';
import { anchors } from './markdown.mjs';
import { headingsOf, indexText, pageText } from './page.mjs';
import { referencesIn } from './references.mjs';

/**
 * The text of each page by its file, and what has no docstring. An entry is a `specifier`, what programs import, and its
 * `room`, the folder of src/.
 */
export function pagesOf(program, entries) {
  const pages = entries.map((entry) => ({
    ...entry,
    file: `${entry.specifier.includes('/') ? entry.room : entry.specifier}.md`,
    exported: program.exportsOf(entry.room),
    items: [],
  }));
  /** By symbol: the page that describes it, its name there, and the heading that it stands below. */
  const homes = new Map();
  // At the entry of its own room, or else at the first that exports it.
  for (const own of [true, false])
    for (const page of pages)
      addItems(program, page, homes, own ? (symbol) => program.roomOf(symbol) === page.room : () => true);
  for (const page of pages) addParts(program, page, homes);
  for (const page of pages) {
    // Constants stay in the order of the headers that they are from.
    const constants = page.items.filter(({ run }) => run !== undefined);
    page.items = [...page.items.filter(({ run }) => run === undefined).toSorted(byName), ...constants];
    page.anchors = anchors(headingsOf(page));
  }
  const faults = [];
  const texts = pages.map((page) => [page.file, pageText(program, page, homes, faults)]);
  return { pages: new Map([...texts, ['README.md', indexText(program, pages)]]), faults };
}

function addItems(program, page, homes, isHere) {
  const here = page.exported.filter(({ symbol }) => !homes.has(symbol.id) && isHere(symbol));
  const items = here.map(({ name, symbol }) => itemOf(program, name, symbol));
  const runs = runsOf(items.filter(({ kind }) => kind === 'constant'));
  for (const item of [...items.filter(({ kind }) => kind !== 'constant'), ...runs]) {
    page.items.push(item);
    for (const { name, symbol } of item.run ?? [item]) homes.set(symbol.id, { page, name, title: item.name });
  }
}

/** The types that those of a page are made of and that nobody exports: without them the others say little. */
function addParts(program, page, homes) {
  const queue = [...page.items];
  for (let item; (item = queue.shift()) !== undefined;) {
    for (const symbol of referencesIn(program, item)) {
      if (homes.has(symbol.id)) continue;
      const { name } = symbol;
      const part = { ...itemOf(program, name, symbol), kind: 'part' };
      homes.set(symbol.id, { page, name, title: name });
      page.items.push(part);
      queue.push(part);
    }
  }
}

function itemOf(program, name, symbol) {
  const nodes = program.declarationsOf(symbol);
  const signatures = nodes.filter(({ body }) => body === undefined);
  // Of a function with several signatures, the one with the body is nobody's to call.
  const shown = nodes.length > 1 && signatures.length > 0 ? signatures : nodes;
  const kind = kindOf(shown[0]);
  const isClass = kind === 'class' || kind === 'error';
  return { name, symbol, kind, nodes: shown, methods: isClass ? methodsOf(program, shown[0]) : [] };
}

const byName = (a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1);

/** Constants whose lines follow on each other in the source are one item, below the docstring of the first. */
function runsOf(items) {
  const runs = [];
  for (const item of items.toSorted(byPlace)) {
    const run = runs.at(-1);
    if (run !== undefined && isNext(run.at(-1), item)) run.push(item);
    else runs.push([item]);
  }
  return runs.map((run) => ({ ...run[0], run }));
}

const statementOf = ({ nodes: [node] }) => node.parent.parent;
const fileOf = ({ nodes: [node] }) => node.getSourceFile();

const byPlace = (a, b) =>
  fileOf(a) === fileOf(b) ? statementOf(a).pos - statementOf(b).pos : fileOf(a).fileName < fileOf(b).fileName ? -1 : 1;

/** Whether nothing but the end of a line stands between two statements. */
const isNext = (one, other) =>
  fileOf(one) === fileOf(other) && fileOf(one).text.slice(statementOf(one).end, statementOf(other).getStart()) === '\n';

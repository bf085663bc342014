// A page of docs/api/ as Markdown.
import { codeOf } from './declaration.mjs';
import { code, docText, heading, tagLines } from './markdown.mjs';
import { referencesIn } from './references.mjs';

const NOTICE = '<!-- Written by `npm run api` from the docstrings of the sources: change those. -->';

/** The sections by the kind of their items, and whether the page begins with a list of these. */
const SECTIONS = [
  { kind: 'class', title: 'Classes', listed: true },
  { kind: 'function', title: 'Functions', listed: true },
  { kind: 'type', title: 'Types', listed: true },
  { kind: 'error', title: 'Errors', listed: true },
  { kind: 'constant', title: 'Constants', listed: false },
  { kind: 'part', title: 'Parts of these types', listed: false },
];

const sectionsOf = ({ items }) =>
  SECTIONS.map((section) => ({ ...section, items: items.filter(({ kind }) => kind === section.kind) })).filter(
    (section) => section.items.length > 0,
  );

/** All headings below the title of the page, in order. */
export const headingsOf = (page) =>
  sectionsOf(page).flatMap(({ title, items }) => [
    title,
    ...items.flatMap((item) => [item.name, ...item.methods.map((method) => headingOfMethod(item, method))]),
  ]);

/** The text of a page. Adds names without a docstring to `faults`. */
export function pageText(program, page, homes, faults) {
  const linksTo = (symbols) => symbols.map(({ id }) => link(homes.get(id), page)).join(', ');
  const fault = (node, name) => faults.push(`${placeIn(node)}: ${name} of ${page.specifier} has no docstring`);
  const sections = sectionsOf(page);
  const moduleText = moduleDoc(program, page);
  if (moduleText === '') faults.push(`src/${page.room}/index.ts:1: ${page.specifier} has no docstring`);
  const onOtherPages = page.exported.filter(({ symbol }) => homes.get(symbol.id).page !== page);
  return joined([
    NOTICE,
    `# ${page.specifier}`,
    moduleText,
    ...sections
      .filter(({ listed }) => listed)
      .map(({ title, items }) => `${title}: ${linksTo(items.map(({ symbol }) => symbol))}`),
    onOtherPages.length === 0 ? '' : `Exported here too: ${linksTo(onOtherPages.map(({ symbol }) => symbol))}`,
    ...sections.flatMap(({ title, items }) => [
      heading(2, title),
      ...items.flatMap((item) => [
        ...(item.run === undefined ? itemText(program, item, linksTo, fault) : runText(program, item, fault)),
        ...item.methods.flatMap((method) => methodText(program, item, method, fault)),
      ]),
    ]),
  ]);
}

/** The text of README.md: the list of all pages. */
export const indexText = (program, pages) =>
  joined([
    NOTICE,
    '# The public API',
    'One page for each module of the package. What it is for, with examples: [the library](../library.md).',
    [
      '| module | |',
      '|---|---|',
      ...pages.map((page) => `| [\`${page.specifier}\`](${page.file}) | ${firstSentence(moduleDoc(program, page))} |`),
    ].join('\n'),
  ]);

const joined = (parts) => `${parts.filter((part) => part !== '').join('\n\n')}\n`;

const link = ({ page, name, title }, from) =>
  `[\`${name}\`](${page === from ? '' : page.file}#${page.anchors.get(title)})`;

function itemText(program, item, linksTo, fault) {
  const { name, symbol, kind, nodes } = item;
  const { text, tags } = program.docOf(symbol);
  if (text === '' && kind !== 'part') fault(nodes[0], name);
  const uses = referencesIn(program, item);
  return [
    heading(3, name),
    docText(text),
    code(nodes.map((node) => codeOf(program, node, symbol)).join('\n')),
    tagLines(tags),
    uses.length === 0 ? '' : `See ${linksTo(uses)}.`,
  ];
}

/** A run of constants, below the docstring of the first. */
function runText(program, { name, run }, fault) {
  const [first, ...others] = run.map(({ symbol }) => program.docOf(symbol).text);
  if (first === '') fault(run[0].nodes[0], name);
  const docs = ['', ...others];
  const lines = run.map(
    ({ nodes: [node], symbol }, i) => `${docs[i] === '' ? '' : `/** ${docs[i]} */\n`}${codeOf(program, node, symbol)}`,
  );
  return [heading(3, name), docText(first), code(lines.join('\n'))];
}

function methodText(program, item, method, fault) {
  const { text, tags } = program.docOf(program.symbolOf(method.node));
  const title = headingOfMethod(item, method);
  if (text === '' && !method.isKnown && item.kind !== 'part') fault(method.node, title);
  return [heading(4, title), docText(text), code(method.code), tagLines(tags)];
}

/** `Lab.up()` for a static method; `lab.down()` or `lab[Symbol.dispose]()` for others. */
function headingOfMethod({ name }, method) {
  const owner = method.isStatic ? name : `${name[0].toLowerCase()}${name.slice(1)}`;
  return `${owner}${method.name.startsWith('[') ? '' : '.'}${method.name}()`;
}

/** The docstring at the beginning of a module. */
function moduleDoc(program, { room }) {
  const [, raw = ''] = /^\/\*\*\n?([\s\S]*?)\*\//.exec(program.fileOf(room).text) ?? [];
  return docText(raw.replaceAll(/^ ?\* ?/gm, '').trim());
}

const firstSentence = (text) => text.split(/(?<=\.)\s|:\n/)[0].replaceAll('\n', ' ');

function placeIn(node) {
  const file = node.getSourceFile();
  const line = file.text.slice(0, node.getStart()).split('\n').length;
  return `${file.fileName.replace(/^.*\/(?=src\/)/, '')}:${line}`;
}

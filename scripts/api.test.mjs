import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { anchors } from './api/markdown.mjs';
import { pagesOf } from './api/pages.mjs';
import { withProgram } from './api/program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The pages of a package with these sources; each folder of src/ is an entry. */
function pagesFor(files) {
  const folder = mkdtempSync(join(tmpdir(), 'api-'));
  try {
    const config = {
      compilerOptions: { strict: true, module: 'nodenext', allowImportingTsExtensions: true, noEmit: true },
    };
    for (const [path, text] of Object.entries({ 'tsconfig.dist.json': JSON.stringify(config), ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const rooms = [...new Set(Object.keys(files).map((path) => path.split('/')[1]))];
    const entries = rooms.map((room) => ({ specifier: `package/${room}`, room }));
    return withProgram(folder, (program) => pagesOf(program, entries));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const LAB = `/** Labs. */
import { parse, type Name } from '../names/index.ts';
interface Options { readonly wait?: number }
/** A network. */
export class Lab {
  /** Its name. */
  readonly name: Name;
  #secret = 1;
  private constructor(name: string) {
    this.name = parse(name);
  }
  /**
   * Brings it up.
   * @param options milliseconds
   * @throws LockedError when it is locked
   */
  static async up(options: Options = {}): Promise<Lab> {
    return new Lab(String(options.wait));
  }
}
export { parse };
`;
const NAMES = `/** Names. */
/** A checked text. */
export type Name = string & { readonly checked: true };
/** Reads one of *those*. */
export const parse = (text: string): Name => text as Name;
const fields = {
  /** Bytes. */
  mtu: 1,
  up: true,
};
/** Values, as the schema has them. */
export type Fields = { -readonly [K in keyof typeof fields]?: (typeof fields)[K] };
/** Flags of names. */
export const FLAG_A = 1;
export const FLAG_B = 1 << 1;
`;

test('a page has the public names, and links to the types that they use', () => {
  const { pages, faults } = pagesFor({ 'src/lab/index.ts': LAB, 'src/names/index.ts': NAMES });
  assert.deepEqual(faults, []);
  const lab = pages.get('lab.md');
  assert.match(lab, /^# package\/lab\n\nLabs\.$/m);
  assert.match(lab, /^Exported here too: \[`parse`\]\(names\.md#parse\)$/m);
  assert.match(lab, /class Lab \{\n {2}\/\*\* Its name\. \*\/\n {2}readonly name: Name;\n\}/);
  assert.match(
    lab,
    /#### Lab\.up\(\)\n\nBrings it up\.\n\n```ts\nstatic up\(options: Options = \{\}\): Promise<Lab>\n```/,
  );
  assert.match(lab, /- `options`: milliseconds\n- Throws LockedError when it is locked/);
  assert.match(lab, /See \[`Name`\]\(names\.md#name\), \[`Options`\]\(#options\)\./);
  // A type that is not exported is described, too.
  assert.match(lab, /## Parts of these types\n\n### Options/);
  assert.doesNotMatch(lab, /secret|constructor/);

  const names = pages.get('names.md');
  assert.match(names, /Reads one of \\\*those\\\*\.\n\n```ts\nfunction parse\(text: string\): Name\n```/);
  assert.match(names, /type Fields = \{\n {2}\/\*\* Bytes\. \*\/\n {2}mtu\?: number;\n {2}up\?: boolean;\n\};/);
  assert.match(names, /### FLAG_A\n\nFlags of names\.\n\n```ts\nconst FLAG_A = 1\nconst FLAG_B = 1 << 1\n```/);
  assert.match(pages.get('README.md'), /\| \[`package\/names`\]\(names\.md\) \| Names\. \|/);
});

test('names without a docstring are reported with their positions', () => {
  const source =
    'export const a = 1;\n\nexport interface B { c: 1 }\nexport class D { e(): void {} }\nexport const f = () => 1;\n';
  const { faults } = pagesFor({ 'src/x/index.ts': source });
  assert.deepEqual(faults.toSorted(), [
    'src/x/index.ts:1: a of package/x has no docstring',
    'src/x/index.ts:1: package/x has no docstring',
    'src/x/index.ts:3: B of package/x has no docstring',
    'src/x/index.ts:4: D of package/x has no docstring',
    'src/x/index.ts:4: d.e() of package/x has no docstring',
    'src/x/index.ts:5: f of package/x has no docstring',
  ]);
});

test('anchors are those of GitHub', () => {
  const byHeading = anchors(['Classes', 'Lab.up()', 'sandbox', 'Sandbox', 'lab[Symbol.dispose]()', 'NLM_F_ACK']);
  assert.deepEqual(
    [...byHeading.values()],
    ['classes', 'labup', 'sandbox', 'sandbox-1', 'labsymboldispose', 'nlm_f_ack'],
  );
});

test('every link in docs/api has a heading as its target', () => {
  const folder = join(root, 'docs', 'api');
  const texts = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  const known = new Map(
    [...texts].map(([file, text]) => {
      const prose = text.replaceAll(/^```.*?^```$/gms, '');
      const headings = [...prose.matchAll(/^#{2,} (.*)$/gm)].map(([, title]) => title.replaceAll('\\', ''));
      return [file, new Set(anchors(headings).values())];
    }),
  );
  let links = 0;
  for (const [file, text] of texts) {
    for (const [, target, anchor] of text.matchAll(/\]\(([\w.]*)#([^)]*)\)/g)) {
      assert.ok(known.get(target || file)?.has(anchor), `${file}: ${target}#${anchor}`);
      links++;
    }
  }
  assert.notEqual(links, 0);
});

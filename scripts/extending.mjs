// Checks that the instructions of docs/extending.md for a new kind of link are complete: follows them in a copy of src, with
// a kind that does not exist yet, compiles the copy, and uses the kind. Part of `npm run check`.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
// Below node_modules, from which the sources load packages.
const copy = join(root, 'build', 'extending');
process.once('exit', () => rmSync(copy, { recursive: true, force: true }));

/** A kind that does not exist yet, with an option of each type. */
const GRETAP = `
import { attribute, attributes, bool, ip, u32, u8 } from '../wire/index.ts';
import { address, defineKind, integer, needed, onOff } from './define/index.ts';

/** A tunnel of Ethernet frames in GRE. */
export const gretap = defineKind({
  name: 'gretap',
  module: 'ip_gre',
  doctor: { title: 'GRE tunnels', needed: 'tunnels of frames' },
  data: attributes('gretap', {
    link: attribute(1, u32),
    local: attribute(6, ip),
    remote: attribute(7, ip),
    ttl: attribute(8, u8),
    ignoreDf: attribute(19, bool),
  }),
  options: {
    remote: needed(address('remote', 'unicast', { fixed: true })),
    local: address('local', 'unicast', { fixed: true }),
    ttl: integer('ttl', 0, 255),
    ignoreDf: onOff('ignore-df', 'word noword'),
  },
  lower: { needed: false, in: 'data' },
});
`;

/** Uses the kind in plans, scripts, netlink messages and `doctor`. Invalid options must not compile. */
const USE = `
import { ALL_KINDS } from './kinds/index.ts';
import { plan, render, renderScript } from './plan/index.ts';
import { linkMessage, type LinkRequest } from './rtnetlink/index.ts';
import type { LinkState, NamespaceState, NetworkState } from './state/index.ts';
import { Bytes, Writer, type Codec } from './wire/index.ts';

const empty = { routes: [], rules: [], neighbours: [], sysctls: {}, tables: {}, files: {} };
const state = (ttl: number): NetworkState => {
  const remote = '192.0.2.1' as never;
  const link: LinkState = { kind: 'gretap', up: true, mtu: 1400, addresses: [], options: { remote, ttl } };
  // @ts-expect-error: the union knows the options of each kind
  const wrong: LinkState = { kind: 'gretap', up: true, mtu: 1400, addresses: [], options: { ttl } };
  const a: NamespaceState = { ...empty, owner: { lab: 'l', node: 'a' }, links: { g: wrong === link ? wrong : link } };
  return { namespaces: { 'l.a': a } };
};
const writer = new Writer();
const request: LinkRequest = { name: 'g', linkInfo: { kind: 'gretap', data: { ttl: 9 } } };
const end = (linkMessage as Codec<LinkRequest>).write(writer, request);
const read = linkMessage.read(new Bytes(writer.u8), 0, end);
const created = plan(state(9), { namespaces: {} });
console.log(
  JSON.stringify({
    doctor: ALL_KINDS.some(({ name, doctor }) => name === 'gretap' && doctor !== undefined),
    commands: created.flatMap((op) => (op.op === 'create-link' ? render(op) : [])),
    script: renderScript(created, { lab: 'l' }).includes('type gretap'),
    change: plan(state(7), state(9)).map((op) => (op.op === 'change-link' ? op.change.options : op.op)),
    same: plan(state(9), state(9)).length,
    decoded: read.linkInfo,
  }),
);
`;

/** The contents of all files in a folder. */
const filesIn = (folder) =>
  new Map(
    readdirSync(folder, { recursive: true })
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );

/** The files that a section of the page lists. */
function listed(heading) {
  const page = readFileSync(join(root, 'docs/extending.md'), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  assert.ok(section, heading);
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, path]) => path);
}

rmSync(copy, { recursive: true, force: true });
mkdirSync(copy, { recursive: true });
cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true, filter: (path) => !path.endsWith('.test.ts') });
const before = filesIn(join(copy, 'src'));

writeFileSync(join(copy, 'src/kinds/gretap.ts'), GRETAP);
execFileSync(process.execPath, [join(root, 'scripts/kinds.mjs'), join(copy, 'src/kinds')]);
const current = filesIn(join(copy, 'src'));
const changed = [...current].filter(([path, text]) => before.get(path) !== text).map(([path]) => path);
// The second is generated, not edited.
assert.deepEqual(new Set(changed), new Set(['kinds/gretap.ts', 'kinds/registry.ts']));
const rows = listed('A kind of link');
assert.ok(rows.length <= 3, rows.join(', '));
assert.ok(rows.includes('src/kinds/NAME.ts'));

writeFileSync(join(copy, 'src/use.ts'), USE);
writeFileSync(
  join(copy, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../tsconfig.json',
    compilerOptions: { rootDir: '.', noEmit: true },
    include: ['src/use.ts', 'src/observe', 'src/apply', 'src/doctor'],
    exclude: [],
  }),
);
const types = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', copy], { encoding: 'utf8' });
assert.equal(types.stdout, '');

const { outputFiles } = await build({
  absWorkingDir: dirname(copy),
  entryPoints: [join(copy, 'src/use.ts')],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'silent',
});
const program = join(copy, 'use.mjs');
writeFileSync(program, outputFiles[0].text);
const output = JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8' }));
assert.deepEqual(output, {
  doctor: true,
  commands: [
    'ip -n l.a link add name g mtu 1400 numtxqueues 1 numrxqueues 1 type gretap remote 192.0.2.1 ttl 9',
    'ip -n l.a link set dev g up',
  ],
  script: true,
  change: [{ ttl: 7 }],
  same: 0,
  decoded: { kind: 'gretap', data: { ttl: 9 } },
});

console.log(`extending: a kind of link takes ${changed.length} files, ${changed.length - 1} of them generated`);

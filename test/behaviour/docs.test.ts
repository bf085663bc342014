// What README and docs/ show runs as written, for those who have installed the package: commands, programs and topology
// files, each page in a folder of its own that has what its text speaks of.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, suite, test, type TestContext } from 'node:test';
import { transformSync } from 'esbuild';
import { parse } from 'yaml';
import * as library from '../../src/library/index.ts';
import { Account } from '../support/account.ts';
import { run, sh } from '../support/command.ts';
import { blocksOf, pages, placeOf, type DocBlock } from '../support/doc-blocks.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { installPackage } from '../support/installed-package.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const ROOT = process.cwd();

/** What a page's text takes for granted. */
interface Setting {
  /** Files of the reader's, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Lines that stand before each program that does not begin with its own imports, and after it. */
  readonly prelude?: string;
  readonly epilogue?: string;
  /** What each topology that is only a part of one is a part of. */
  readonly topology?: object;
  /** What is up before the page's commands. */
  readonly up?: string;
  /** The reader is not root. */
  readonly rootless?: true;
}

const SHOP = readFileSync('examples/shop.yaml', 'utf8');
/** Answers every request, and says so in its log. */
const SERVER = `require('node:http').createServer((request, response) => response.end('ok')).listen(8080);
console.log('listening');`;
const SHOP_WITH_SERVICE = SHOP.replace(
  'networks: { servers: 10.30.0.10 }',
  `networks: { servers: 10.30.0.10 }\n    run: { command: node web.cjs, ready: { tcp: 80 } }`,
);
const WEB = SERVER.replace('8080', '80');
const LAN_AND_SERVERS = {
  networks: {
    lan: { subnet: '10.20.0.0/24' },
    servers: { subnet: '10.30.0.0/24' },
    guests: { subnet: '10.40.0.0/24' },
  },
  nodes: { db: { networks: ['servers'] }, guest: { networks: ['guests'] } },
};
const FIREWALL = `import { Lab } from 'netwright';
const lab = await Lab.up(${JSON.stringify({ name: 'walls', ...LAN_AND_SERVERS, nodes: { fw: { networks: ['lan', 'servers'], forward: true } } })});`;
const OF_SHOP = `import { once } from 'node:events';
import { Lab } from 'netwright';
const lab = await Lab.up('shop.yaml');
const web = lab.node('web');`;
const DOWN = 'await lab.down(); process.exit();';

const SETTINGS: Readonly<Record<string, Setting>> = {
  'README.md': {
    files: { 'shop.yaml': SHOP_WITH_SERVICE, 'web.cjs': WEB },
    prelude: OF_SHOP,
    epilogue: DOWN,
  },
  'docs/firewall.md': { prelude: FIREWALL, epilogue: DOWN, topology: LAN_AND_SERVERS },
  'docs/in-process.md': { files: { 'shop.yaml': SHOP, 'server.js': '' } },
  'docs/library.md': {},
  'docs/nat.md': {
    topology: {
      networks: {
        net: { subnet: '198.51.100.0/24', internet: true },
        lan: { subnet: ['10.0.0.0/24', 'fd00::/64'], gateway: 'home' },
        guests: { subnet: '10.1.0.0/24' },
        isp: { subnet: ['203.0.113.0/24', '2001:db8:1::/64'] },
      },
      nodes: { home: { networks: { lan: {}, guests: {}, isp: { address: ['203.0.113.1', '203.0.113.7'] } }, nat: {} } },
    },
  },
  'docs/processes.md': { files: { 'shop.yaml': SHOP, 'server.js': SERVER }, prelude: OF_SHOP, epilogue: DOWN },
  'docs/publish.md': { files: { 'shop.yaml': SHOP }, up: 'shop.yaml', topology: LAN_AND_SERVERS },
  'docs/rootless.md': { rootless: true },
  'docs/sandbox.md': {},
  'docs/services.md': {
    files: { 'shop.yaml': SHOP_WITH_SERVICE, 'web.cjs': WEB },
    prelude: `import { Lab } from 'netwright';`,
    topology: LAN_AND_SERVERS,
  },
  'docs/testing.md': {
    files: { 'shop.yaml': SHOP },
    prelude: `import { after, before, suite, test } from 'node:test';
import { Lab } from 'netwright';
import { useLab } from 'netwright/testing';`,
  },
};

const COMPILER_OPTIONS = {
  module: 'nodenext',
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  types: ['node'],
  strict: true,
  skipLibCheck: false,
  noEmit: true,
};

/** Commands that CI runs by themselves. */
const ELSEWHERE = /^make (demo|test) /m;

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** Those that are not run here are at least there. */
function assertTargets(code: string): void {
  const targets = [...code.matchAll(/^make (\w+)/gm)].map(([, target]) => target!);
  assert.notEqual(targets.length, 0);
  for (const target of targets) assert.match(readFileSync('Makefile', 'utf8'), new RegExp(`^${target}:`, 'm'));
}

/** The control groups of this machine have controllers; on another they have: test/vm/limits.test.ts. */
const HAS_LIMITS = /memory/.test(textOf('/sys/fs/cgroup/cgroup.controllers'));

/** Programs of others that the pages run: here they only succeed. */
const OTHERS = ['npm', 'npx', 'make', 'app'];

suite('what the documentation shows', { skip: skipWithoutRoot }, () => {
  let folder: string;
  let user: Account;
  let untouched: HostSnapshot;
  let environment: NodeJS.ProcessEnv;

  before(() => {
    sh('ip route add default via 100.64.77.1');
    sh('sysctl -q net.ipv6.conf.all.forwarding=1');
    user = new Account();
    folder = mkdtempSync(join(user.home, 'reader-'));
    chmodSync(folder, 0o755);
    installPackage(folder);
    mkdirSync(join(folder, 'bin'));
    for (const name of OTHERS) program(name, 'exit 0');
    program('sudo', 'exec "$@"');
    const path = [join(folder, 'bin'), join(folder, 'node_modules', '.bin'), process.env['PATH']];
    environment = { ...process.env, PATH: path.join(':') };
    untouched = snapshotHost();
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  afterEach(async () => {
    run(process.execPath, 'dist/cli.cjs', 'down', '--all');
    await assertUnchanged(untouched, ['open descriptors']);
  });

  const program = (name: string, line: string): void =>
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });

  /** A page's folder, below that of the package. */
  function folderOf(page: string): string {
    const place = join(folder, page.replaceAll(/\W/g, '-'));
    if (existsSync(place)) return place;
    mkdirSync(place, { mode: 0o777 });
    chmodSync(place, 0o777);
    cpSync(join(folder, 'node_modules', 'netwright', 'examples'), join(place, 'examples'), { recursive: true });
    cpSync(join(folder, 'bin', 'app'), join(place, 'app'));
    for (const [name, text] of Object.entries(SETTINGS[page]?.files ?? {})) writeFileSync(join(place, name), text);
    return place;
  }

  /** Runs a command to its end, as the page's reader. */
  function succeed(block: DocBlock, command: string, ...args: string[]): string {
    const options = { cwd: folderOf(block.page), env: environment, timeout: 60_000 };
    const { status, signal, stdout, stderr } =
      SETTINGS[block.page]?.rootless === true
        ? user.run(command, args, { ...options, env: { PATH: environment['PATH'] } })
        : spawnSync(command, args, { ...options, encoding: 'utf8' });
    assert.equal(status ?? signal, 0, `${placeOf(block)}: ${command} ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  }

  const runs: Readonly<Record<string, (block: DocBlock, t: TestContext) => void>> = {
    sh(block, t) {
      if (ELSEWHERE.test(block.code)) return assertTargets(block.code);
      const { up } = SETTINGS[block.page] ?? {};
      if (up !== undefined) succeed(block, 'netwright', 'up', up);
      const lines = block.code.split('\n').filter((line) => {
        const isLeftOut = !HAS_LIMITS && line.includes(' --limit ');
        if (isLeftOut) t.diagnostic(`not run, control groups have no controllers here: ${line}`);
        return !isLeftOut;
      });
      succeed(block, 'bash', '-euxo', 'pipefail', '-c', lines.join('\n'));
    },

    ts(block) {
      const { prelude = '', epilogue = '' } = SETTINGS[block.page] ?? {};
      const isWhole = block.code.startsWith('import ');
      const source = isWhole ? block.code : `${prelude}\n${block.code}\n${epilogue}`;
      const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'node20.19' });
      const name = `line-${block.line}.mjs`;
      writeFileSync(join(folderOf(block.page), name), code);
      succeed(block, process.execPath, name);
    },

    yaml(block) {
      const { topology } = SETTINGS[block.page] ?? {};
      const value = parse(block.code) as Parts;
      const [, name = `part-${block.line}.yaml`] = /^# (\S+\.yaml)$/m.exec(block.code) ?? [];
      const isWhole = value.networks !== undefined;
      // A part that is indented is of the only node that has it.
      const text = isWhole ? block.code : JSON.stringify(withParts(topology as Parts, value));
      writeFileSync(join(folderOf(block.page), name), text);
      succeed(block, 'netwright', 'plan', name);
    },

    // What programs print: compared by the tests of what prints it.
    ''() {},
  };

  for (const page of pages()) {
    const blocks = blocksOf(page);
    if (blocks.length === 0) continue;
    test(page, (t) => {
      for (const block of blocks) {
        const runBlock = runs[block.language];
        assert.ok(runBlock, `${placeOf(block)}: nothing runs ${block.language}`);
        runBlock(block, t);
      }
    });
  }

  test('programs compile for those who have the package, declarations and all', () => {
    const snippets = pages().flatMap((page) =>
      blocksOf(page).filter(({ language, code }) => language === 'ts' && code.startsWith('import ')),
    );
    assert.ok(snippets.length >= 4, `there are ${snippets.length}`);
    const place = join(folder, 'types');
    mkdirSync(join(place, 'node_modules'), { recursive: true });
    cpSync(join(ROOT, 'node_modules', '@types'), join(place, 'node_modules', '@types'), { recursive: true });
    cpSync(join(ROOT, 'node_modules', 'undici-types'), join(place, 'node_modules', 'undici-types'), {
      recursive: true,
    });
    writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
    const files = snippets.map((snippet) => `${placeOf(snippet).replaceAll(/\W/g, '-')}.ts`);
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files }));
    for (const [i, { code }] of snippets.entries()) writeFileSync(join(place, files[i]!), code);
    const { stdout, status } = spawnSync(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', place], {
      encoding: 'utf8',
    });
    assert.deepEqual({ stdout, status }, { stdout: '', status: 0 });
  });

  test('the page of the library names all that it exports', () => {
    const page = readFileSync('docs/library.md', 'utf8');
    const missing = Object.keys(library).filter((name) => !page.includes(`\`${name}`));
    assert.deepEqual(missing, []);
  });

  test('every error that the page of the library names can be imported', () => {
    const [, table] = readFileSync('docs/library.md', 'utf8').split('\n## Errors\n');
    const named = [...table!.split('\n## ')[0]!.matchAll(/`(\w+Error)`/g)].map(([, name]) => name!);
    assert.notEqual(named.length, 0);
    assert.deepEqual(
      named.filter((name) => !Object.hasOwn(library, name)),
      [],
    );
  });

  test('links lead to files that the package has', () => {
    const place = join(folder, 'node_modules', 'netwright');
    for (const page of pages()) {
      for (const [, target] of readFileSync(join(place, page), 'utf8').matchAll(/\]\(([^):#]+)(?:#[^)]*)?\)/g)) {
        const path = join(place, page, '..', target!);
        assert.ok(existsSync(path), `${page}: ${target}`);
      }
    }
  });
});

/** A topology, or a part of one. */
interface Parts {
  readonly networks?: object;
  readonly nodes?: Readonly<Record<string, object>>;
}

/** A topology with what a part says, too: the part may be of the whole, or of its only node that has such keys. */
function withParts(whole: Parts, part: Parts): Parts {
  if (part.nodes !== undefined) return { ...whole, nodes: { ...whole.nodes, ...part.nodes } };
  const [key] = Object.keys(part);
  const nodes = Object.entries(whole.nodes ?? {}).map(([name, node]) => [
    name,
    Object.hasOwn(node, key!) ? { ...node, ...part } : node,
  ]);
  return { ...whole, nodes: Object.fromEntries(nodes) as Record<string, object> };
}

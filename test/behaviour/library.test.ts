// The library as it is published: one of each class whichever way it is imported, what V8 compiled is kept beside it, and
// bundlers can bundle it.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, suite, test } from 'node:test';
import { build } from 'esbuild';
import { run } from '../support/command.ts';
import { installPackage } from '../support/installed-package.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

suite('the published library', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nw-library-'));
    installPackage(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  const dist = (): string => join(folder, 'node_modules/netwright/dist');
  const kept = (): string[] => readdirSync(dist()).filter((name) => /^library-.*\.cache$/.test(name));
  beforeEach(() => kept().forEach((name) => rmSync(join(dist(), name))));

  function evaluate(program: string, { node = [] as readonly string[], env = {}, name = 'program.mjs' } = {}): string {
    const file = join(folder, name);
    writeFileSync(file, program);
    const { status, stdout, stderr } = spawnSync(process.execPath, [...node, file], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, ...env },
    });
    assert.equal(status, 0, stderr);
    return stdout.trim();
  }

  const ONE = `
    import { NetlinkError } from 'netwright/netlink';
    import { getLink } from 'netwright/rtnetlink';
    import { NetlinkSocket, NETLINK_ROUTE } from 'netwright/netlink';
    import * as lab from 'netwright';
    const socket = NetlinkSocket.open(NETLINK_ROUTE);
    try {
      getLink(socket, 'none');
    } catch (error) {
      console.log(error instanceof NetlinkError, lab.NetlinkError === NetlinkError, error.constructor.name);
      console.log(/at getLink/.test(error.stack));
    }
    socket.close();`;

  test('has one of each class, for every module that exports it, compiled now or before', () => {
    for (let i = 0; i < 3; i++) assert.equal(evaluate(ONE), 'true true NetlinkError\ntrue');
  });

  test('is one thing for import and require(), where that can load modules', () => {
    const program = `
      const required = require('netwright');
      import('netwright').then((imported) => console.log(required.Lab === imported.Lab));`;
    assert.equal(evaluate(program, { name: 'program.cjs', node: ['--no-warnings'] }), 'true');
  });

  test('keeps what V8 compiled, takes it the next time, and more of it when more has been compiled', () => {
    evaluate(`import 'netwright/addr';`);
    const [name] = kept();
    assert.ok(name !== undefined);
    const first = statSync(join(dist(), name)).size;
    evaluate(`import 'netwright';`);
    const second = statSync(join(dist(), name));
    assert.ok(second.size > first * 1.05);
    evaluate(`import 'netwright';`);
    assert.deepEqual(kept(), [name]);
    assert.equal(statSync(join(dist(), name)).ino, second.ino, 'it was written once more');
    // Options that V8 compiles by have a file of their own.
    evaluate(`import 'netwright';`, { node: ['--no-lazy'] });
    assert.equal(kept().length, 2);
  });

  test('is compiled as ever where nothing may be kept, or what is kept is spoilt', () => {
    evaluate(ONE, { env: { NODE_DISABLE_COMPILE_CACHE: '1' } });
    assert.deepEqual(kept(), []);
    evaluate(ONE);
    const path = join(dist(), kept()[0]!);
    const whole = readFileSync(path);
    for (const spoilt of [Buffer.alloc(0), Buffer.alloc(4096), whole.subarray(0, 100)]) {
      writeFileSync(path, spoilt);
      assert.equal(evaluate(ONE), 'true true NetlinkError\ntrue');
      assert.ok(readFileSync(path).length > 100_000, 'it was not written anew');
    }
  });

  test('leaves no trace where its folder cannot be written to', { skip: skipWithoutRoot }, () => {
    chmodSync(folder, 0o755);
    const program = join(folder, 'other.mjs');
    writeFileSync(program, `import { cidr } from 'netwright/addr'; console.log(cidr('10.0.0.1', 8));`);
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program];
    assert.equal(run('setpriv', ...nobody), '10.0.0.1/8\n');
    assert.deepEqual(kept(), []);
  });

  test('is of the context that imports it', () => {
    const program = `
      import vm from 'node:vm';
      import { readFileSync } from 'node:fs';
      import { join } from 'node:path';
      import { pathToFileURL } from 'node:url';
      const context = vm.createContext({ process, URL, Buffer, performance, console, TextDecoder, AbortController, setTimeout });
      const cache = new Map();
      async function load(specifier, parent) {
        const url = specifier.startsWith('.') ? new URL(specifier, parent).href : specifier;
        if (cache.has(url)) return cache.get(url);
        const module = url.startsWith('file:')
          ? new vm.SourceTextModule(readFileSync(new URL(url), 'utf8'), {
              context, identifier: url, initializeImportMeta: (meta) => { meta.url = url; },
            })
          : await synthetic(url);
        cache.set(url, module);
        return module;
      }
      async function synthetic(name) {
        const exports = await import(name);
        const names = Object.keys(exports);
        return new vm.SyntheticModule(names, function () { for (const n of names) this.setExport(n, exports[n]); }, { context });
      }
      const entry = await load(pathToFileURL(join(process.cwd(), 'node_modules/netwright/dist/addr/index.js')).href);
      await entry.link((specifier, { identifier }) => load(specifier, identifier));
      await entry.evaluate();
      const isError = vm.runInContext('(error) => error instanceof Error', context);
      try { entry.namespace.parseIp('x'); } catch (error) { console.log(isError(error)); }`;
    assert.equal(evaluate(program, { node: ['--experimental-vm-modules', '--no-warnings'] }), 'true');
  });

  test('can be bundled, or left outside', async () => {
    const source = join(folder, 'source.mjs');
    writeFileSync(source, ONE);
    for (const external of [['koffi', 'undici'], ['netwright']]) {
      const outfile = join(folder, 'bundle.mjs');
      const banner = external.includes('koffi')
        ? {
            js: `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`,
          }
        : {};
      await build({
        entryPoints: [source],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
        external,
        banner,
        keepNames: true,
        logLevel: 'silent',
      });
      assert.equal(run(process.execPath, outfile), 'true true NetlinkError\ntrue\n', external.join());
    }
  });
});

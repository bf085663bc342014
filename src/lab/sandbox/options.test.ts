import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readOptions, startingFolder, type SandboxOptions } from './options.ts';

suite('options of a sandbox', () => {
  const refused: readonly (readonly [options: unknown, message: RegExp])[] = [
    [{ alow: ['a.example'] }, /unknown key "alow" in the options of a sandbox \(did you mean "allow"\?\)/],
    [{ resolver: ['192.0.2.1'] }, /did you mean "resolvers"/],
    [{ allow: 'a.example' }, /allow in the options of a sandbox must be a list of texts, not "a\.example"/],
    [{ allow: ['a.example', 5] }, /allow .* must be a list of texts/],
    [{ forwardHost: 5432 }, /forwardHost .* must be a list of ports, .* not 5432/],
    [{ isolate: 'pid' }, /isolate .* must be a list of texts/],
    [{ isolate: ['pdi'] }, /"pdi" is no namespace/],
    [{ limits: { mem: 5 } }, /unknown key "mem" in the limits of a sandbox/],
    [{ limits: { cpu: Number.NaN } }, /cpu in the limits of a sandbox must be a number from 0\.01 up, not NaN/],
    [{ limits: { memory: '512mb' } }, /memory .* must be a whole number from 1 up, not "512mb"/],
    [{ limits: null }, /limits .* must be an object/],
    [{ onDenied: 'console.error' }, /onDenied .* must be a function/],
    ['allow', /the options of a sandbox must be an object, not "allow"/],
    [null, /must be an object, not null/],
  ];
  for (const [options, message] of refused) {
    test(`${JSON.stringify(options)} cannot be understood`, () => {
      assert.throws(() => readOptions(options as SandboxOptions), { code: 'ERR_USAGE', message });
    });
  }

  test('what is undefined is absent', () => {
    const options = { allow: undefined, limits: undefined, isolate: ['pid'] } as unknown as SandboxOptions;
    assert.deepEqual(readOptions(options).rules, []);
  });

  test('a working directory is a folder', () => {
    assert.equal(startingFolder(), process.cwd());
    for (const path of ['/nowhere', '/etc/passwd'])
      assert.throws(() => startingFolder(path), {
        code: 'ERR_USAGE',
        message: `the working directory ${path} is no folder`,
      });
  });
});

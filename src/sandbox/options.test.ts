import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readOptions, startingFolder, type SandboxOptions } from './options.ts';

suite('options of a sandbox', () => {
  const refused: readonly (readonly [options: unknown, message: RegExp])[] = [
    [{ alow: ['a.example'] }, /unknown key "alow" in options \(did you mean "allow"\?\)/],
    [{ resolver: ['192.0.2.1'] }, /did you mean "resolvers"/],
    [{ allow: 'a.example' }, /options\.allow must be an array of strings, not "a\.example"/],
    [{ allow: ['a.example', 5] }, /options\.allow must be an array of strings, not an array/],
    [{ forwardHost: 5432 }, /options\.forwardHost must be an array of ports, .* not 5432/],
    [{ isolate: 'pid' }, /options\.isolate must be an array of strings/],
    [{ isolate: ['pdi'] }, /unknown namespace "pdi"/],
    [{ limits: { mem: 5 } }, /unknown key "mem" in options\.limits/],
    [{ limits: { cpu: Number.NaN } }, /options\.limits\.cpu must be a number, 0\.01 or more, not NaN/],
    [{ limits: { memory: '512mb' } }, /options\.limits\.memory must be a whole number, 1 or more, not "512mb"/],
    [{ limits: null }, /options\.limits must be an object/],
    [{ onDenied: 'console.error' }, /options\.onDenied must be a function/],
    ['allow', /options must be an object, not "allow"/],
    [null, /must be an object, not null/],
  ];
  for (const [options, message] of refused) {
    test(`${JSON.stringify(options)} is refused`, () => {
      assert.throws(() => readOptions(options as SandboxOptions), { code: 'ERR_USAGE', message });
    });
  }

  test('undefined values count as absent', () => {
    const options = { allow: undefined, limits: undefined, isolate: ['pid'] } as unknown as SandboxOptions;
    assert.deepEqual(readOptions(options).rules, []);
  });

  test('the working directory must be a directory', () => {
    assert.equal(startingFolder(), process.cwd());
    for (const path of ['/nowhere', '/etc/passwd'])
      assert.throws(() => startingFolder(path), {
        code: 'ERR_USAGE',
        message: `the working directory ${path} is not a folder`,
      });
  });
});

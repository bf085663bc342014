import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, declaredIn, importsOf } from './imports.mjs';

test('every form of import is found, and nothing else', () => {
  const source = `
    import a from 'one'
    import * as b from "two"; import type { C } from 'three'
    import {
      d, // import 'no'
      type E as from,
    } from 'four'
    import 'five'
    export * from 'six'; export type { F } from 'seven'
    export const g = \`import 'no' \${await import('eight')} import 'no'\`
    /* import 'no' */
    const h = x / 2, i = /['"\`/]/.test(y) / 3, j = "import 'no'"
    const k = { import: 'no' }, l = object.import('no'), m = require('nine')
    export type N = 'no'
    import type from 'ten'
    const o = from ? 'no' : 'no'`;
  assert.deepEqual(
    importsOf(source)
      .map(({ specifier, kind }) => `${specifier} ${kind}`)
      .toSorted(),
    [
      'eight value',
      'five value',
      'four value',
      'nine value',
      'one value',
      'seven type',
      'six value',
      'ten value',
      'three type',
      'two value',
    ],
  );
});

test('an import has its names and its range', () => {
  const source = "import { a, type B, c as d } from './x.ts';\nexport * as e from './y.ts';\nexport * from './z.ts';";
  const [first, second, third] = importsOf(source);
  assert.deepEqual(first.names, [
    { name: 'a', local: 'a', type: false },
    { name: 'B', local: 'B', type: true },
    { name: 'c', local: 'd', type: false },
  ]);
  assert.equal(source.slice(first.start, first.end), "import { a, type B, c as d } from './x.ts'");
  assert.deepEqual([second.star, second.names, second.form], ['e', undefined, 'export']);
  assert.deepEqual([third.star, third.names], [undefined, undefined]);
});

test('declared exports are found, and re-exports are not', () => {
  const source = `
    export const a = 1; export async function b() {} export abstract class C {} export type D = 'no'
    export interface E {} const f = 1; export { f, f as g }
    export { no } from './no.ts'; const no2 = "export const no3 = 1"; /* export const no4 = 1 */`;
  assert.deepEqual(new Set(declaredIn(source)), new Set(['C', 'D', 'E', 'a', 'b', 'f', 'g']));
});

test('code without comments and strings keeps its positions', () => {
  const source = "const a = 'x'; // y\n/* z\n */ const b = `p${a}q`;\n";
  const code = codeOf(source);
  assert.equal(code.length, source.length);
  assert.equal(code.indexOf('const b'), source.indexOf('const b'));
  assert.doesNotMatch(code, /[xyzpq]/);
});

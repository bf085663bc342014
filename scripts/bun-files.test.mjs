// What is read of the report of `bun test`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, leavingOut, readTests } from './bun-files.mjs';

const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="4" failures="1" skipped="1" time="0.2">
  <testsuite name="build/a.test.js" file="build/a.test.js" tests="4" hostname="vm">
    <testsuite name="one" file="build/a.test.js" line="3">
      <testsuite name="two &lt;&amp;&quot;&gt;" file="build/a.test.js" line="3">
        <testcase name="fails" classname="two" time="0.0126" file="build/a.test.js" line="3" assertions="0">
          <failure type="Error" message="1 &gt; 2">Error: 1 &gt; 2&#10;      at a.test.js:3:116&#10;</failure>
        </testcase>
        <testcase name="is skipped" classname="two" file="build/a.test.js" line="3">
          <skipped message="TODO" />
        </testcase>
      </testsuite>
      <testcase name="passes" classname="one" file="build/a.test.js" line="6" assertions="0" />
    </testsuite>
    <testcase name="is alone" classname="" file="build/a.test.js" line="7" assertions="0" />
  </testsuite>
</testsuites>`;

const outcomes = (tests) => Object.fromEntries(tests.map(({ name, outcome }) => [name, outcome]));

test('tests have the names of their suites, and what came of them', () => {
  const tests = readTests(report);
  assert.deepEqual(outcomes(tests), {
    'one > two <&"> > fails': 'fail',
    'one > two <&"> > is skipped': 'skipped',
    'one > passes': 'pass',
    'is alone': 'pass',
  });
  assert.equal(tests[0].message, '1 > 2');
  assert.ok(tests.every(({ file }) => file === 'build/a.test.js'));
});

test('an exception that fails is passed over; one that passes, is skipped or is not there fails, unless it fails sometimes', () => {
  const names = ['one > two <&"> > fails', 'one > two <&"> > is skipped', 'one > passes', 'has another name'];
  const exceptions = names.map((name) => ({ file: 'a.test', test: name, reason: 'why' }));
  const sometimes = { file: 'a.test', test: 'is alone', reason: 'why', sometimes: true };
  const elsewhere = { file: 'b.test', test: 'is alone', reason: 'of a file that does not run' };
  assert.deepEqual(outcomes(judged(readTests(report), ['build/a.test.js'], [...exceptions, sometimes, elsewhere])), {
    'one > two <&"> > fails': 'skipped',
    'one > two <&"> > is skipped': 'fail',
    'one > passes': 'fail',
    'is alone': 'skipped',
    'has another name': 'fail',
  });
});

test('a test that is left out is known by its skipping, and nothing else is left out', () => {
  const leftOut = { file: 'a.test', test: 'one > two <&"> > is skipped', reason: 'why', leftOut: true };
  const here = { ...leftOut, test: 'one > passes' };
  assert.deepEqual(outcomes(judged(readTests(report), ['build/a.test.js'], [leftOut, here])), {
    'one > two <&"> > fails': 'fail',
    'one > two <&"> > is skipped': 'skipped',
    'one > passes': 'fail',
    'is alone': 'pass',
  });
  assert.deepEqual(leavingOut([]), []);
  const [option] = leavingOut(['one > two (2)', 'three']);
  const pattern = new RegExp(option.replace('--test-name-pattern=', ''));
  const words = ['one two (2)', 'three', 'one two 2', 'four', 'three more', 'more three'];
  assert.deepEqual(
    words.filter((name) => pattern.test(name)),
    ['one two 2', 'four', 'three more', 'more three'],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { substitute, withoutVariables } from './variables.ts';

const GIVEN = { MTU: '1400', EMPTY: '', NAME: 'web' };

for (const [text, expected] of [
  ['${MTU}', '1400'],
  ['a${MTU}b${NAME}', 'a1400bweb'],
  ['$MTU $1 $(x) $', '$MTU $1 $(x) $'],
  ['$$ $${MTU} $$$$', '$ ${MTU} $$'],
  ['${NONE:-default} ${EMPTY:-default} ${MTU:-default}', 'default default 1400'],
  ['${NONE-default} ${EMPTY-default}', 'default '],
  ['${NONE:-}', ''],
  ['${NONE:-a b:c}', 'a b:c'],
  ['${MTU:+yes} ${EMPTY:+yes} ${NONE:+yes} ${EMPTY+yes} ${NONE+yes}', 'yes   yes '],
  ['${NONE:-${MTU}} ${NONE:-${NONE:-a}b}c', '1400 abc'],
  ['${MTU:-${NONE}} ${NONE:+${NONE}}', '1400 '],
  ['${MTU:?must be given}', '1400'],
  ['${EMPTY?must be given}', ''],
  ['${NONE:-$$x}', '$x'],
] as const)
  test(`${text} is as in Compose`, () => assert.equal(substitute(text, GIVEN), expected));

for (const [text, written] of [
  ['echo ${HOME}', 'echo $${HOME}'],
  ['kill $$', 'kill $$$$'],
  ['$${MTU} $$$', '$$$${MTU} $$$$$$'],
  ['$MTU $(x) $1 $', '$MTU $(x) $1 $'],
] as const)
  test(`${text} is written as ${written}, and read as it was`, () => {
    assert.equal(withoutVariables(text), written);
    assert.equal(substitute(written, GIVEN), text);
  });

for (const [text, message] of [
  [
    '${MUT}',
    /"MUT" is not set \(did you mean "MTU"\?\): .* --set MUT=VALUE.*\$\{MUT:-VALUE\}.*\$\$\{MUT\} for a shell/,
  ],
  ['x ${NONE:?say where}', /^the variable "NONE" is not set: say where$/],
  ['${EMPTY:?say where}', /^the variable "EMPTY" is empty: say where$/],
  ['${toString}', /"toString" is not set/],
  ['${MTU%0}', /^"\$\{MTU%0\}" is no variable: .* write \$\$\{MTU%0\}$/],
  ['${}', /^"\$\{\}" is no variable/],
  ['${1}', /is no variable/],
  ['${MTU', /has no "\}" at its end$/],
  ['${NONE:-x', /has no "\}" at its end$/],
  ['${MTU:-x', /has no "\}" at its end$/],
] as const)
  test(`${text} is an error`, () => assert.throws(() => substitute(text, GIVEN), { code: 'ERR_FORMAT', message }));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTopology, variablesOf, type TopologyInput } from './index.ts';
import { substitute, withoutVariables } from '../format/index.ts';

const GIVEN = {
  MTU: '1400',
  EMPTY: '',
  NAME: 'web',
  OCTAL: '08',
  LIST: '[1, 2]',
  YES: 'true',
  LINES: 'a\nb: c',
  NULL: 'null',
};

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

const read = (text: string, set = {}): TopologyInput => parseTopology(text, 'f.yaml', { variables: GIVEN, set });

/** One value of a service's `env`. */
const env = (value: string): unknown => {
  const { nodes } = read(`nodes:\n  a:\n    run:\n      command: x\n      env:\n        A: ${value}\n`);
  return (nodes!['a']!.run as { env: Record<string, unknown> }).env['A'];
};

test('a variable is a number where a number is wanted, and text where text is', () => {
  for (const mtu of ['\n    mtu: ${MTU}', ' { mtu: "${MTU}" }', ' { mtu: "1${EMPTY}400" }'])
    assert.match(String(read(`networks:\n  lan:${mtu}`).networks!['lan']!.mtu), /^1?1?400$|^1400$/);
  assert.equal(read('nodes: { a: { internet: "${YES}" } }').nodes!['a']!.internet, true);
  assert.deepEqual(read('nodes: { a: { run: { command: [sleep, "${MTU}"] } } }').nodes!['a']!.run, {
    command: ['sleep', '1400'],
  });
  assert.deepEqual(['${OCTAL}', '${EMPTY}', '${NULL}', '${LINES}'].map(env), ['08', '', 'null', 'a\nb: c']);
  assert.equal(String(env('${MTU}')), '1400');
});

test('a value adds no keys, and makes no list', () => {
  assert.throws(() => read('nodes: ${LIST}'), /1:8: expected a map, not "\[1, 2\]"/);
  assert.throws(() => read('nodes:\n  ${NAME}: {}'), /"\$\{NAME\}" is no name for a node/);
  assert.throws(
    () => read('nodes: { a: { networks: ${NAME} } }'),
    /1:26: inside \{ \} and \[ \] .* in quotes: "\$\{NAME\}"/,
  );
});

test('an unset variable has its place', () => {
  assert.throws(() => read('nodes:\n  a:\n    run: "echo ${HOEM} x"'), /f\.yaml:3:16: the variable "HOEM" is not set/);
  assert.throws(() => read('name: x\nnodes: { a: { run: "${A} ${B:-1}" } }', { B: '1' }), /2:21: the variable "A"/);
});

test('what is set comes first, and is named by the file; of the environment what it names is kept', () => {
  const topology = parseTopology('name: ${NAME}\nnodes: { "a": { run: "x ${NONE:-${OTHER:-1}}" } }', 'f.yaml', {
    variables: GIVEN,
    set: { NAME: 'set', OTHER: '2' },
  });
  assert.equal(topology.name, 'set');
  assert.deepEqual(variablesOf(topology), { NAME: 'set', OTHER: '2' });
  assert.throws(
    () => read('name: "${NAME}"', { NMAE: 'x' }),
    /^TopologyError: f\.yaml: .*no \$\{NMAE\} \(did you mean "NAME"\?\)$/,
  );
});

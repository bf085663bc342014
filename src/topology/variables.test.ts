import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTopology, variablesOf, type TopologyInput } from './index.ts';

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

const read = (text: string, set = {}): TopologyInput => parseTopology(text, 'f.yaml', { variables: GIVEN, set });

/** The value that `read` returns for a text in a service's `env`. */
const env = (value: string): unknown => {
  const { nodes } = read(`nodes:\n  a:\n    run:\n      command: x\n      env:\n        A: ${value}\n`);
  return (nodes!['a']!.run as { env: Record<string, unknown> }).env['A'];
};

test('a variable is a number where a number is expected, and text where text is expected', () => {
  for (const mtu of ['\n    mtu: ${MTU}', ' { mtu: "${MTU}" }', ' { mtu: "1${EMPTY}400" }'])
    assert.equal(read(`networks:\n  lan:${mtu}`).networks!['lan']!.mtu, 1400);
  assert.equal(read('nodes: { a: { internet: "${YES}" } }').nodes!['a']!.internet, true);
  assert.deepEqual(read('nodes: { a: { run: { command: [sleep, "${MTU}"] } } }').nodes!['a']!.run, {
    command: ['sleep', '1400'],
  });
  assert.deepEqual(['${OCTAL}', '${EMPTY}', '${NULL}', '${LINES}'].map(env), ['08', '', 'null', 'a\nb: c']);
  assert.equal(String(env('${MTU}')), '1400');
});

test('the value of a variable adds no keys, and makes no list', () => {
  assert.throws(() => read('nodes: ${LIST}'), /1:8: expected a map, not "\[1, 2\]"/);
  assert.throws(() => read('nodes:\n  ${NAME}: {}'), /invalid node name "\$\{NAME\}"/);
  assert.throws(
    () => read('nodes: { a: { networks: ${NAME} } }'),
    /1:26: inside \{ \} and \[ \] .* must be quoted: "\$\{NAME\}"/,
  );
});

test('the error for an unset variable has its position', () => {
  assert.throws(() => read('nodes:\n  a:\n    run: "echo ${HOEM} x"'), /f\.yaml:3:16: the variable "HOEM" is not set/);
  assert.throws(() => read('name: x\nnodes: { a: { run: "${A} ${B:-1}" } }', { B: '1' }), /2:21: the variable "A"/);
});

test('a set variable overrides the environment and must be in the file; only variables in the file are kept', () => {
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

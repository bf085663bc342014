import { testErrors } from '../error-cases.ts';

testErrors([
  [
    'a published port without one of the node',
    'nodes: { a: { publish: ["8080"] } }',
    /^1:25: "8080" is no published port/,
  ],
  ['a published port of no protocol', 'nodes: { a: { publish: ["1:1/tpc"] } }', /did you mean "tcp"/],
  [
    'a published range for a smaller one',
    'nodes: { a: { publish: ["1-3:1-2"] } }',
    '1:25: "1-3:1-2" has 3 ports of the host for 2 of the node',
  ],
  ['a published port that is none', 'nodes: { a: { publish: ["1:65536"] } }', /65536 is no port/],
  [
    'a port that two publish',
    'nodes: { a: { publish: ["1-9:1-9"] }, b: { publish: ["2:1/udp", "127.0.0.1:2:80"] } }',
    '1:65: port 2/tcp of the host is published by "a" already',
  ],
]);

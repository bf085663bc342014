import { testErrors } from '../error-cases.ts';

testErrors([
  [
    'a published port without a node port',
    'nodes: { a: { publish: ["8080"] } }',
    /^1:25: invalid published port "8080"/,
  ],
  ['a published port of an unknown protocol', 'nodes: { a: { publish: ["1:1/tpc"] } }', /did you mean "tcp"/],
  [
    'a published range that is larger than the node range',
    'nodes: { a: { publish: ["1-3:1-2"] } }',
    '1:25: "1-3:1-2" maps 3 host ports to 2 node ports',
  ],
  ['a published port above 65535', 'nodes: { a: { publish: ["1:65536"] } }', /65536 is no port/],
  [
    'a port that two nodes publish',
    'nodes: { a: { publish: ["1-9:1-9"] }, b: { publish: ["2:1/udp", "127.0.0.1:2:80"] } }',
    '1:65: port 2/tcp of the host is already published by "a"',
  ],
]);

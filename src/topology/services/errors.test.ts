import { testErrors } from '../error-cases.ts';

testErrors([
  ['a number as a service', 'nodes: { a: { run: 5 } }', '1:20: expected text or a list, not 5: put it in quotes, "5"'],
  [
    'an unknown key of a service',
    'nodes: { a: { run: { command: x, redy: {} } } }',
    /^1:34: unknown key "redy" \(did you mean "ready"/,
  ],
  [
    'an unknown key of a named service',
    'nodes: { a: { run: { api: { command: x, evn: {} } } } }',
    /^1:41: unknown key "evn" \(did you mean "env"/,
  ],
  [
    'a service without a command',
    'nodes: { a: { run: { env: { A: 1 }, restart: always } } }',
    '1:15: the key "command" is missing',
  ],
  ['an unclosed quote', 'nodes: { a: { run: "echo \'x" } }', "1:20: the command has a ' that is not closed"],
  ['a pipe', 'nodes: { a: { run: { command: a | b } } }', /^1:31: no shell reads the command: quote the "\|"/],
  ['an empty command', 'nodes: { a: { run: { command: [] } } }', /^1:31: a command is a list of words/],
  ['a bad variable', 'nodes: { a: { run: { command: x, env: { a-b: 1 } } } }', /^1:41: invalid variable name "a-b"/],
  [
    'a bad restart',
    'nodes: { a: { run: { command: x, restart: often } } }',
    /^1:43: "often" is no restart policy: never, on-failure or always/,
  ],
  [
    'a bad signal',
    'nodes: { a: { run: { command: x, stop: { signal: TERM } } } }',
    /^1:50: "TERM" is none of the signals SIGTERM/,
  ],
  [
    'a bad expression',
    'nodes: { a: { run: { command: x, ready: { log: "(" } } } }',
    /^1:48: "\(" is not a regular expression/,
  ],
  [
    'two ways to be ready',
    'nodes: { a: { run: { command: x, ready: { tcp: 1, log: x } } } }',
    /^1:41: .* one of tcp, http, log, command and exit, not several/,
  ],
  [
    'a bare timeout',
    'nodes: { a: { run: { command: x, ready: { tcp: 1, timeout: 5 } } } }',
    /^1:60: 5 is not a duration/,
  ],
  [
    'a path without a slash',
    'nodes: { a: { run: { command: x, ready: { http: health } } } }',
    /^1:49: "health" is not a valid path/,
  ],
  ['a service name', 'nodes: { a: { run: { A_b: x } } }', /^1:22: invalid service name "A_b"/],
  [
    'a dependency on an unknown node',
    'nodes: { web: { run: { command: x, after: wbe } } }',
    '1:43: there is no node "wbe" (did you mean "web"?)',
  ],
  [
    'a dependency on a node without services',
    'nodes: { web: { run: { command: x, after: [db] } }, db: {} }',
    /^1:44: the node "db" has no services to wait for/,
  ],
  [
    'a dependency on an unknown service',
    'nodes: { web: { run: { command: x, after: db/api } }, db: { run: { app: x } } }',
    /^1:43: the node "db" has no service "api" \(did you mean "app"\?\)$/,
  ],
  [
    'a dependency cycle',
    'nodes: { a: { run: { command: x, after: b } }, b: { run: { command: x, after: a } } }',
    /^1:\d+: dependency cycle of services: .\/main after .\/main after .\/main$/,
  ],
  [
    'a dependency of a service on itself',
    'nodes: { a: { run: { command: x, after: a } } }',
    /dependency cycle of services: a\/main after a\/main$/,
  ],
  [
    'ready on exit with restart: always',
    'nodes: { a: { run: { command: x, ready: { exit: true }, restart: always } } }',
    /cannot be combined with "restart: always"/,
  ],
]);

import { testErrors } from '../error-cases.ts';

testErrors([
  ['a service of a number', 'nodes: { a: { run: 5 } }', '1:20: expected text or a list, not 5: put it in quotes, "5"'],
  [
    'an unknown key of a service',
    'nodes: { a: { run: { command: x, redy: {} } } }',
    /^1:34: unknown key "redy" \(did you mean "ready"/,
  ],
  [
    'one of a named service',
    'nodes: { a: { run: { api: { command: x, evn: {} } } } }',
    /^1:41: unknown key "evn" \(did you mean "env"/,
  ],
  [
    'a service without a command',
    'nodes: { a: { run: { env: { A: 1 }, restart: always } } }',
    '1:15: the key "command" is missing',
  ],
  ['a quote that is not closed', 'nodes: { a: { run: "echo \'x" } }', "1:20: the command has a ' that is not closed"],
  ['a pipe', 'nodes: { a: { run: { command: a | b } } }', /^1:31: no shell reads the command: quote the "\|"/],
  ['no command at all', 'nodes: { a: { run: { command: [] } } }', /^1:31: a command is a list of words/],
  [
    'a bad variable',
    'nodes: { a: { run: { command: x, env: { a-b: 1 } } } }',
    /^1:41: "a-b" is no name for a variable/,
  ],
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
    'a path that is none',
    'nodes: { a: { run: { command: x, ready: { http: health } } } }',
    /^1:49: "health" is not a path/,
  ],
  ['a service name', 'nodes: { a: { run: { A_b: x } } }', /^1:22: invalid service name "A_b"/],
  [
    'waiting for no node',
    'nodes: { web: { run: { command: x, after: wbe } } }',
    '1:43: there is no node "wbe" (did you mean "web"?)',
  ],
  [
    'waiting for nothing',
    'nodes: { web: { run: { command: x, after: [db] } }, db: {} }',
    /^1:44: the node "db" runs nothing to wait for/,
  ],
  [
    'waiting for no service',
    'nodes: { web: { run: { command: x, after: db/api } }, db: { run: { app: x } } }',
    /^1:43: the node "db" has no service "api" \(did you mean "app"\?\)$/,
  ],
  [
    'a circle',
    'nodes: { a: { run: { command: x, after: b } }, b: { run: { command: x, after: a } } }',
    /^1:\d+: services wait for each other in a circle: .\/main after .\/main after .\/main$/,
  ],
  ['waiting for oneself', 'nodes: { a: { run: { command: x, after: a } } }', /in a circle: a\/main after a\/main$/],
  [
    'an end that never comes',
    'nodes: { a: { run: { command: x, ready: { exit: true }, restart: always } } }',
    /cannot be started again always/,
  ],
]);

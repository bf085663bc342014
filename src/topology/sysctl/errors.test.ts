import { testErrors } from '../error-cases.ts';

testErrors([
  [
    'a sysctl of the whole host',
    'nodes: { a: { sysctls: { kernel.panic: 1 } } }',
    /^1:26: .* is not one of a network namespace/,
  ],
  [
    'a sysctl with empty components',
    'nodes: { a: { sysctls: { net.ipv4.//.x: 1 } } }',
    /^1:26: .* is not a sysctl's name/,
  ],
]);

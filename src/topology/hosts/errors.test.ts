import { NET, testErrors } from '../error-cases.ts';

testErrors([
  [
    'a name for an unknown node',
    'nodes: { web: {} }\nhosts: { x: wbe }',
    '2:13: "wbe" is neither a node nor an address (did you mean "web"?)',
  ],
  [
    'the name of a node',
    'nodes: { web: {} }\nhosts: { Web: 192.0.2.1 }',
    '2:10: the name "Web" is that of the node "web"',
  ],
  [
    'the name of a node with the lab',
    'nodes: { web: {} }\nhosts: { web.shop: 192.0.2.1 }',
    '2:10: the name "web.shop" is that of the node "web"',
  ],
  ['the name of a network', `${NET}\nhosts: { lan: 192.0.2.1 }`, '2:10: the name "lan" is that of the network "lan"'],
  ['the name localhost', 'hosts: { localhost: 192.0.2.1 }', '1:10: the name "localhost" is reserved'],
  [
    'a name twice',
    'hosts: { a: 192.0.2.1, A: 192.0.2.2 }',
    '1:24: the name "A" is already defined, with different case',
  ],
  ['a name for an empty list', 'hosts: { a: [] }', /^1:13: the name "a" has no value/],
  [
    'a name for a node without address',
    'nodes: { web: {} }\nhosts: { x: [192.0.2.1, web] }',
    '2:25: the node "web" has no address',
  ],
  ['a name that is an address', 'hosts: { 10.0.0.1: 192.0.2.1 }', /^1:10: "10.0.0.1" ends in a number/],
  ['a name with a space', 'hosts: { "a b": 192.0.2.1 }', /^1:10: "a b" is no host name/],
  [
    'a prefix as the address of a name',
    'hosts: { a: 192.0.2.1/24 }',
    '1:13: "192.0.2.1/24" is neither a node nor an address',
  ],
  [
    'a name that all nodes have already',
    'hosts: { a: 192.0.2.1 }\nnodes: { web: { hosts: { a: 192.0.2.2 } } }',
    /^2:26: the name "a" is already defined for all nodes/,
  ],
  [
    'the name of the node itself',
    'nodes: { web: { hosts: { web: 192.0.2.2 } } }',
    /^1:26: the name "web" is that of the node/,
  ],
]);

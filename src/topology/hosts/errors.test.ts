import { NET, testErrors } from '../error-cases.ts';

testErrors([
  [
    'a name of nobody',
    'nodes: { web: {} }\nhosts: { x: wbe }',
    '2:13: "wbe" is no node and no address (did you mean "web"?)',
  ],
  [
    'a name of a node',
    'nodes: { web: {} }\nhosts: { Web: 192.0.2.1 }',
    '2:10: the name "Web" is that of the node "web"',
  ],
  [
    'a whole name of a node',
    'nodes: { web: {} }\nhosts: { web.shop: 192.0.2.1 }',
    '2:10: the name "web.shop" is that of the node "web"',
  ],
  ['a name of a network', `${NET}\nhosts: { lan: 192.0.2.1 }`, '2:10: the name "lan" is that of the network "lan"'],
  ['a name of this machine', 'hosts: { localhost: 192.0.2.1 }', '1:10: the name "localhost" is reserved'],
  ['a name twice', 'hosts: { a: 192.0.2.1, A: 192.0.2.2 }', '1:24: the name "A" is there already, in other letters'],
  ['a name for nothing', 'hosts: { a: [] }', /^1:13: the name "a" stands for nothing/],
  [
    'a name of a node without address',
    'nodes: { web: {} }\nhosts: { x: [192.0.2.1, web] }',
    '2:25: the node "web" has no address',
  ],
  ['a name that is an address', 'hosts: { 10.0.0.1: 192.0.2.1 }', /^1:10: "10.0.0.1" ends in a number/],
  ['a name with a blank', 'hosts: { "a b": 192.0.2.1 }', /^1:10: "a b" is no host name/],
  ['a prefix for a name', 'hosts: { a: 192.0.2.1/24 }', '1:13: "192.0.2.1/24" is no node and no address'],
  [
    "a node's name for all",
    'hosts: { a: 192.0.2.1 }\nnodes: { web: { hosts: { a: 192.0.2.2 } } }',
    /^2:26: the name "a" is given to all nodes already/,
  ],
  [
    'a node of its own name',
    'nodes: { web: { hosts: { web: 192.0.2.2 } } }',
    /^1:26: the name "web" is that of the node/,
  ],
]);

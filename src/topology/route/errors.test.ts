import { NET, testErrors } from '../error-cases.ts';

testErrors([
  [
    'a bad route',
    `${NET}\nnodes: { a: { networks: [lan], routes: [10.1.0.0/16 via] } }`,
    /^2:41: the route .* needs the address of a gateway/,
  ],
  [
    'a gateway on no network of the node',
    `${NET}\nnodes: { a: { networks: [lan], routes: [default via 10.9.0.1] } }`,
    `2:41: the gateway 10.9.0.1 is not on any network of "a": the node's addresses are 10.0.0.1/29`,
  ],
  [
    'a route through an unknown interface',
    `${NET}\nnodes: { a: { networks: [lan], routes: [default dev eth1] } }`,
    '2:41: the node "a" has no interface "eth1" (did you mean "eth0"?)',
  ],
  [
    'a gateway that is the node itself',
    `${NET}\nnodes: { a: { networks: [lan], routes: [default via 10.0.0.1] } }`,
    /^2:41: .* is an address of "a" itself/,
  ],
  [
    'a source address of another node',
    `${NET}\nnodes: { a: { networks: [lan], routes: [default dev eth0 src 10.0.0.2] } }`,
    /^2:41: the source 10\.0\.0\.2 is not/,
  ],
]);

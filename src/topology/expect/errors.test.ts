import { testErrors } from '../error-cases.ts';

testErrors([
  [
    'an expectation without a probe',
    'nodes: { a: }\nexpect:\n  - { from: a, to: host }',
    /^3:5: an expectation has one of/,
  ],
  [
    'an expectation with unknown nodes',
    'nodes: { web: }\nexpect:\n  - { from: wep, to: hos, icmp: true }',
    /^3:13: .*did you mean "web".*\n3:22: .*did you mean/,
  ],
  [
    'an rtt without units',
    'nodes: { a: }\nexpect:\n  - { from: a, to: host, icmp: true, rtt: [20, 30] }',
    /^3:44: 20 is not a duration: write it with a unit/,
  ],
  [
    'a descending rtt',
    'nodes: { a: }\nexpect:\n  - { from: a, to: host, icmp: true, rtt: [2s, 30ms] }',
    /^3:43: the shortest round trip, 2s, is longer/,
  ],
]);

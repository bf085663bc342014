import { testErrors } from '../error-cases.ts';

testErrors([
  [
    'egress on a network without internet',
    'networks: { lan: { subnet: 10.0.0.0/29, egress: [] } }',
    '1:41: "egress" needs "internet: true", which this network does not have',
  ],
  [
    'egress to an invalid host',
    'networks: { lan: { subnet: 10.0.0.0/29, internet: true, egress: [10.0.0.0/8:5432, a..b] } }',
    '1:83: invalid host in "a..b": "a..b" is neither a name nor an address',
  ],
]);

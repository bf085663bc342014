import { testErrors } from '../error-cases.ts';

testErrors([
  [
    'egress without a way out',
    'networks: { lan: { subnet: 10.0.0.0/29, egress: [] } }',
    '1:41: "egress" limits what "internet: true" lets out, which this network does not have',
  ],
  [
    'egress to nowhere',
    'networks: { lan: { subnet: 10.0.0.0/29, internet: true, egress: [10.0.0.0/8:5432, a..b] } }',
    '1:83: "a..b" names no host: "a..b" is neither a name nor an address',
  ],
]);

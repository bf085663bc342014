export { compileFirewall, FIREWALL_TABLE } from './compile.ts';
export { ESSENTIAL_ICMPV6 } from './icmp.ts';
export { closedTo } from './published.ts';
export { resolveFirewall } from './resolve.ts';
export { firewallSchema, type FirewallInput } from './schema.ts';
export { policyIn } from './source.ts';
export { viewOf, type Count, type FirewallChainView, type FirewallRuleView, type FirewallView } from './view.ts';

export { FIREWALL_TABLE, firewallTable } from './compile.ts';
export type { Policy } from './policy.ts';
export { closedPorts, closedTo } from './published.ts';
export { resolveFirewall } from './resolve.ts';
export { firewallKey, type FirewallInput } from './schema.ts';
export { policyIn } from './source.ts';
export { viewOf, type Count, type FirewallChainView, type FirewallRuleView, type FirewallView } from './view.ts';

export { FIREWALL_TABLE, firewallTable } from './compile.ts';
export type { Policy } from './policy.ts';
export { closedPortWarnings, closedPortWarning } from './published.ts';
export { resolveFirewall } from './resolve.ts';
export { firewallKey, type FirewallInput } from './schema.ts';
export { readBackPolicy } from './source.ts';
export { viewOf, type Count, type FirewallChainView, type FirewallRuleView, type FirewallView } from './view.ts';

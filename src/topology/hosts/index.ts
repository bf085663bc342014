export { namespaceFiles, type NamespaceFiles } from './files.ts';
export type { NamedHost } from './model.ts';
export { readBackHosts, readBackOwnHosts } from './read-back.ts';
export { type Resolver, uplinkFamilies } from './node-resolv-conf.ts';
export { HostNames } from './resolve.ts';
export { hostsKey, ownHostsKey } from './schema.ts';

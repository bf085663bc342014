export { NameError } from './error.ts';
export { followed, NameFiles } from './files.ts';
export { type HostsFile, parseHosts } from './hosts-file.ts';
export { Resolver, type LookupOptions } from './resolver.ts';
export { parseResolvConf, type ResolvConf } from './resolv-conf.ts';

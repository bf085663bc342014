export { NameError } from './error.ts';
export { followed, NameFiles } from './files.ts';
export { parseHosts } from './hosts-file.ts';
export { Resolver, type LookupOptions } from './resolver.ts';
export { parseResolvConf } from './resolv-conf.ts';

export { NameError } from './error.ts';
export { NameFiles } from './files.ts';
export { Resolver, type LookupOptions } from './resolver.ts';
export { parseResolvConf } from './resolv-conf.ts';

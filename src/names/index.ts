export { NameError } from './error.ts';
export { DNS_PORT, type NameServer } from './exchange.ts';
export { followed, NameFiles } from './files.ts';
export { firstAnswer } from './first-answer.ts';
export { type HostsFile, parseHosts } from './hosts-file.ts';
export { Resolver, type LookupOptions } from './resolver.ts';
export {
  parseResolvConf,
  readWrittenResolvConf,
  withNameserver,
  type ResolvConf,
  type WrittenResolvConf,
} from './resolv-conf.ts';

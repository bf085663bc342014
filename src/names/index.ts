export { NameError } from './error.ts';
export { DNS_PORT, type NameServer } from './exchange.ts';
export { parsedFile, NameFiles } from './parsed-file.ts';
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

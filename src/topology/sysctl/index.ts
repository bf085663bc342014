export { compileSysctls, inetOf, ipv6SwitchedOffBy, type Settings } from './compile.ts';
export { resolveSysctls } from './resolve.ts';
export { sysctlsKey } from './schema.ts';
export {
  rejectSysctls,
  forwardingSysctls,
  NO_FORWARDING,
  NO_SOURCE_VALIDATION,
  labNamespaceSysctls,
} from './settings.ts';

/** Links: RTM_NEWLINK and its attributes. */
export { decodeInet6Conf, inet6ConfFiles } from './inet6-conf.ts';
export { type BridgeLink, bridgeLinkMessage } from './bridge-link.ts';
export { type HardwareAddress, hardwareAddress } from './hardware-address.ts';
export { decodeInetConf, type InetConf, inetConfFiles } from './inet-conf.ts';
export { otherKind, type OtherKind } from './info.ts';
export {
  type Link,
  type LinkAttributes,
  type LinkHeader,
  type LinkInfo,
  linkMessage,
  type LinkRequest,
  type VethData,
} from './link.ts';
export { decodeStats64, type Stats64 } from './stats.ts';

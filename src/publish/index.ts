export { PortTakenError } from './error.ts';
export { guardChange, withdrawnPublications } from './guard.ts';
export {
  withPublishedPorts,
  hasOwnTable,
  keepPublishedPorts,
  publishedIn,
  publishedNow,
  tablesOfLabs,
} from './live.ts';
export { missingAddressWarnings } from './missing-address.ts';
export { listeningSockets } from './sockets.ts';
export { hostPortOf, newPorts, portText, requireFreePorts } from './taken.ts';

export { PortTakenError } from './error.ts';
export { guardChange, withdrawnPublications } from './guard.ts';
export { asPublished, hasOwnTable, keepingPublished, publishedIn, publishedNow, tablesOfLabs } from './live.ts';
export { missingAddressWarnings } from './missing-address.ts';
export { waitingOn } from './sockets.ts';
export { hostPortOf, newPorts, portText, refuseTakenPorts } from './taken.ts';

export { PortTakenError } from './error.ts';
export { guardChange, withdrawn } from './guard.ts';
export { asPublished, hasOwnTable, keepingPublished, publishedIn, publishedNow, tablesOfLabs } from './live.ts';
export { publishedNowhere } from './nowhere.ts';
export { waitingOn } from './sockets.ts';
export { hostPortOf, newPorts, portText, refuseTakenPorts } from './taken.ts';

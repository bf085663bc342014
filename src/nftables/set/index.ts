/** Sets and maps: their elements and types, from words to bytes and back. */
export { decodeSet } from './decode.ts';
export { encodeElements, encodeSet } from './encode.ts';
export { listElements, type LiveElement } from './live.ts';

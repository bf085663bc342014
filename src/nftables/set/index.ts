/** Sets and maps: encoding and decoding of their elements and data types. */
export { decodeSet } from './decode.ts';
export { encodeElements, encodeSet } from './encode.ts';
export { listElements, type LiveElement } from './live.ts';

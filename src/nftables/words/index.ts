/** Values: the types of nft(8), and each as text and as bytes. */
export {
  bytesOf,
  type DataType,
  dataType,
  dataTypeOf,
  interfaceIndex,
  type Interfaces,
  timeSpan,
  sizeOfType,
  type Word,
} from './datatype.ts';
export { rejectCodes } from './names.ts';
export {
  bytesToNumber,
  compareBytes,
  decrement,
  hostOrder,
  increment,
  maskLength,
  maskOf,
  numberToBytes,
} from './order.ts';
export {
  formatBits,
  formatInterval,
  formatPrefix,
  formatValue,
  type Interval,
  parseBits,
  parseInterval,
  prefixBits,
  type RangeWord,
} from './value.ts';

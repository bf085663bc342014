/** The data types of nft(8): conversion of values between text and bytes. */
export {
  bytesOf,
  type DataType,
  dataType,
  dataTypeOf,
  interfaceIndex,
  type Interfaces,
  timeSpan,
  sizeOfType,
  type SingleValue,
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
  type RangeValue,
} from './value.ts';

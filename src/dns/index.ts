export { DnsError } from './error.ts';
export { frame, readFrame } from './frame.ts';
export {
  CLASS_IN,
  readMessage,
  RecordType,
  ResponseCode,
  writeMessage,
  type Answer,
  type Message,
  type Question,
} from './message.ts';
export { addressesFor, type Addresses } from './answer.ts';

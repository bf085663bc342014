import { ipv4FromBytes, type Ip } from '../../addr/index.ts';
import { LITTLE_ENDIAN, type AttributeSet, type Bytes } from '../../wire/index.ts';

/*
 * There are routes by the hundred thousand, and most of them consist of the same few attributes. Those are read here under
 * names that stand in the code, which V8 stores in a third of the time that names out of a schema take. Whatever else there
 * is, malformed bytes too, is left to the schema.
 */

type Members = Record<string, unknown>;

interface RouteConstructor {
  readonly prototype: object;
  new (from: Bytes, at: number): Members;
}

/** Makes a plain object of struct rtmsg, with room for attributes: see wire/preallocated.ts. */
const Route = rtmsg as unknown as RouteConstructor;
rtmsg.prototype = Object.prototype;

function rtmsg(this: Members, { u8, view }: Bytes, at: number): void {
  this['family'] = u8[at];
  this['dstLength'] = u8[at + 1];
  this['srcLength'] = u8[at + 2];
  this['tos'] = u8[at + 3];
  this['table8'] = u8[at + 4];
  this['protocol'] = u8[at + 5];
  this['scope'] = u8[at + 6];
  this['type'] = u8[at + 7];
  this['flags'] = view.getUint32(at + 8, LITTLE_ENDIAN);
}

/** How long an attribute is whose content is an IPv4 address, or a number. */
const SHORT = 8;

/**
 * Reads struct rtmsg, which is there as a whole, and the attributes behind it.
 * @param start where the attributes begin
 */
export function readRoute(schema: AttributeSet<object>, from: Bytes, at: number, start: number, end: number): Members {
  const { u8, view } = from;
  const route = new Route(from, at);
  let next = start;
  while (next + SHORT <= end && view.getUint16(next, LITTLE_ENDIAN) === SHORT) {
    const content = next + 4;
    switch (view.getUint16(next + 2, LITTLE_ENDIAN)) {
      case 1:
        route['dst'] = ipv4FromBytes(u8, content);
        break;
      case 4:
        route['oif'] = view.getUint32(content, LITTLE_ENDIAN);
        break;
      case 5:
        route['gateway'] = readGateway(from, content);
        break;
      case 6:
        route['priority'] = view.getUint32(content, LITTLE_ENDIAN);
        break;
      case 7:
        route['prefSrc'] = ipv4FromBytes(u8, content);
        break;
      case 15:
        route['table'] = view.getUint32(content, LITTLE_ENDIAN);
        break;
      default:
        schema.readInto(route, from, next, next + SHORT);
    }
    next += SHORT;
  }
  if (next < end) schema.readInto(route, from, next, end);
  return route;
}

/** The gateway that was read last. Routes that have the same one share its text. */
let bytesBefore = 0;
let textBefore = '0.0.0.0' as Ip;

function readGateway({ u8, view }: Bytes, at: number): Ip {
  const bytes = view.getUint32(at);
  if (bytes !== bytesBefore) {
    bytesBefore = bytes;
    textBefore = ipv4FromBytes(u8, at);
  }
  return textBefore;
}

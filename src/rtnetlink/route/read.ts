import { ipv4FromBytes, type Ip } from '../../addr/index.ts';
import { LITTLE_ENDIAN, type AttributeSet, type Bytes } from '../../wire/index.ts';

/*
 * A table can hold hundreds of thousands of routes, most with the same few attributes. This code stores those under
 * constant property names, which takes V8 a third of the time of names from a schema. The schema reads all other
 * attributes, and reports malformed ones.
 */

type Members = Record<string, unknown>;

interface RouteConstructor {
  readonly prototype: object;
  new (from: Bytes, at: number): Members;
}

/** Makes a plain object from struct rtmsg, with room for attributes: see wire/preallocated.ts. */
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

/** The length of an attribute that holds an IPv4 address or a 32-bit number. */
const SHORT = 8;

/**
 * Reads struct rtmsg and its attributes.
 * @param at the start of struct rtmsg, which the range must hold completely
 * @param start the start of the attributes
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

/** The last gateway, as bytes and as text. Consecutive routes with the same gateway share the string. */
let lastBytes = 0;
let lastText = '0.0.0.0' as Ip;

function readGateway({ u8, view }: Bytes, at: number): Ip {
  const bytes = view.getUint32(at);
  if (bytes !== lastBytes) {
    lastBytes = bytes;
    lastText = ipv4FromBytes(u8, at);
  }
  return lastText;
}

import type { FromPacket, MapLookup, NatFlags, NatTarget, PacketElement, Statement } from '../../state/index.ts';
import { renderMatch } from './match.ts';
import { duration, hexadecimal, identifier, prefix } from './words.ts';

/** nft's default for the burst of a limit, in packets. */
const DEFAULT_BURST = 5;

/**
 * Renders a statement in the syntax of nft(8). An expression without nft syntax is rendered so that nft rejects it:
 * `?xt 0x…`.
 */
export function renderStatement(statement: Statement): string {
  if ('match' in statement) return renderMatch(statement.match.left, statement.match.op, statement.match.right);
  if ('counter' in statement) return counter(statement.counter);
  if ('verdict' in statement) return statement.verdict;
  if ('jump' in statement) return `jump ${identifier(statement.jump)}`;
  if ('goto' in statement) return `goto ${identifier(statement.goto)}`;
  if ('reject' in statement)
    return statement.reject.with === undefined ? 'reject' : `reject with ${rejection(statement.reject.with)}`;
  if ('masquerade' in statement) {
    const { ports } = statement.masquerade;
    return `masquerade${ports === undefined ? '' : ` to :${'by' in ports ? lookup(ports) : range(ports)}`}${flags(statement.masquerade)}`;
  }
  if ('snat' in statement) return `snat ${target(statement.snat)}`;
  if ('dnat' in statement) return `dnat ${target(statement.dnat)}`;
  if ('log' in statement) {
    const { prefix: text, group } = statement.log;
    return `log${text === undefined ? '' : ` prefix ${prefix(text)}`}${group === undefined ? '' : ` group ${group}`}`;
  }
  if ('limit' in statement) {
    const { rate, per, burst = DEFAULT_BURST, over = false } = statement.limit;
    return `limit rate ${over ? 'over ' : ''}${rate}/${per}${burst === DEFAULT_BURST ? '' : ` burst ${burst} packets`}`;
  }
  if ('set' in statement) {
    const { key, value } = statement.set;
    return `${key} set ${key === 'meta nftrace' ? value : hexadecimal(value)}`;
  }
  if ('vmap' in statement) return `${statement.vmap.left} vmap @${identifier(statement.vmap.set)}`;
  if ('element' in statement) return element(statement.element);
  if ('flowAdd' in statement) return `flow add @${identifier(statement.flowAdd)}`;
  if ('write' in statement) return `${statement.write.to} set ${statement.write.value}`;
  const { name, data } = statement.raw;
  return `?${name.replaceAll(/[^A-Za-z0-9_-]/g, '?')}${data === undefined ? '' : ` 0x${data.replaceAll(/[^0-9a-f]/g, '?')}`}`;
}

const counter = ({ packets = 0, bytes = 0 }: { readonly packets?: number; readonly bytes?: number }): string =>
  packets === 0 && bytes === 0 ? 'counter' : `counter packets ${packets} bytes ${bytes}`;

/** The argument of `reject with`: `tcp reset`, `icmpx admin-prohibited`. */
const rejection = (words: string): string => (/^[a-z0-9 -]+$/.test(words) ? words : `?${JSON.stringify(words)}`);

function flags({ random, fullyRandom, persistent }: NatFlags): string {
  const words = [
    ...(random === true ? ['random'] : []),
    ...(fullyRandom === true ? ['fully-random'] : []),
    ...(persistent === true ? ['persistent'] : []),
  ];
  return words.length === 0 ? '' : ` ${words.join(',')}`;
}

function target({ family, address, ports, ...rest }: NatTarget): string {
  // Before a port, an IPv6 address needs brackets.
  const bracketed = (text: string): string => (family === 'ip6' && ports !== undefined ? `[${text}]` : text);
  const to =
    address === undefined
      ? ''
      : typeof address === 'string'
        ? bracketed(address)
        : 'by' in address
          ? lookup(address)
          : address.map(bracketed).join('-');
  const port =
    ports === undefined ? '' : `:${typeof ports === 'number' ? ports : 'by' in ports ? lookup(ports) : range(ports)}`;
  // nft's grammar accepts no family if there are only ports.
  return `${to === '' ? '' : `${family} `}to ${to}${port}${flags(rest)}`;
}

const lookup = (source: MapLookup | FromPacket): string =>
  'map' in source ? `${source.by} map @${identifier(source.map)}` : source.by;

const element = ({ op, set, key, value, timeout }: PacketElement): string =>
  `${op} @${identifier(set)} { ${key}${timeout === undefined ? '' : ` timeout ${duration(timeout)}`}${value === undefined ? '' : ` : ${value}`} }`;

const range = ([low, high]: readonly [number, number]): string => (low === high ? String(low) : `${low}-${high}`);

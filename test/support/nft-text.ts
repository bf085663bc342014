import type {
  ChainState,
  FromPacket,
  MapLookup,
  MatchValue,
  NatFlags,
  NatTarget,
  SetState,
  Statement,
  TableState,
} from '../../src/model/index.ts';

/*
 * NetworkState's tables in nft's language, written without any code of src/nftables: what nft makes of this text is what
 * the kernel must hold.
 */

export const nftText = (tables: Readonly<Record<string, TableState>>): string =>
  Object.values(tables).map(table).join('\n');

function table({ family, name, comment, chains, sets }: TableState): string {
  const body = [
    ...Object.entries(sets).map(([setName, state]) => set(setName, state)),
    ...Object.entries(chains).map(([chainName, state]) => chain(chainName, state)),
  ];
  if (comment !== undefined) body.unshift(`comment "${comment}"`);
  return `table ${family} ${name} {\n${body.join('\n')}\n}`;
}

function set(name: string, { key, value: values, flags: words, elements, timeout }: SetState): string {
  const listed = elements.map(({ key: parts, value: to, comment }) => {
    const text = comment === undefined ? '' : ` comment "${comment}"`;
    return `${parts.map((word) => single('', word)).join(' . ')}${text}${to === undefined ? '' : ` : ${to.join(' . ')}`}`;
  });
  const lines = [
    `type ${key.join(' . ')}${values === undefined ? '' : ` : ${values.join(' . ')}`}`,
    ...(words.length === 0 ? [] : [`flags ${words.join(', ')}`]),
    ...(timeout === undefined ? [] : [`timeout ${timeout * 1000}ms`]),
    ...(listed.length === 0 ? [] : [`elements = { ${listed.join(', ')} }`]),
  ];
  return `${values === undefined ? 'set' : 'map'} ${name} {\n${lines.join('\n')}\n}`;
}

function chain(name: string, { base, rules }: ChainState): string {
  const lines = rules.map(({ statements, comment }) => {
    const text = statements.map(statement).join(' ');
    return comment === undefined ? text : `${text} comment "${comment}"`;
  });
  if (base !== undefined) {
    const device = base.device === undefined ? '' : `device "${base.device}" `;
    lines.unshift(`type ${base.type} hook ${base.hook} ${device}priority ${base.priority}; policy ${base.policy};`);
  }
  return `chain ${name} {\n${lines.join('\n')}\n}`;
}

function statement(of: Statement): string {
  if ('match' in of)
    return `${of.match.left} ${of.match.op === '==' || of.match.op === 'in' ? '' : `${of.match.op} `}${value(of.match.left, of.match.right)}`;
  if ('verdict' in of) return of.verdict;
  if ('jump' in of) return `jump ${of.jump}`;
  if ('goto' in of) return `goto ${of.goto}`;
  if ('counter' in of) return 'counter';
  if ('masquerade' in of)
    return `masquerade${of.masquerade.ports === undefined ? '' : ` to :${'by' in of.masquerade.ports ? lookup(of.masquerade.ports) : of.masquerade.ports.join('-')}`}${flags(of.masquerade)}`;
  if ('snat' in of) return `snat ${target(of.snat)}`;
  if ('dnat' in of) return `dnat ${target(of.dnat)}`;
  if ('reject' in of) return of.reject.with === undefined ? 'reject' : `reject with ${of.reject.with}`;
  if ('set' in of) return `${of.set.key} set ${of.set.value}`;
  if ('element' in of) {
    const { op, set: name, key, value: data, timeout } = of.element;
    return `${op} @${name} { ${key}${timeout === undefined ? '' : ` timeout ${timeout}s`}${data === undefined ? '' : ` : ${data}`} }`;
  }
  if ('write' in of) return `${of.write.to} set ${of.write.value}`;
  throw new Error(`this witness does not know the statement ${JSON.stringify(of)} yet`);
}

const flags = ({ random, fullyRandom, persistent }: NatFlags): string => {
  const words = [
    ...(random === true ? ['random'] : []),
    ...(fullyRandom === true ? ['fully-random'] : []),
    ...(persistent === true ? ['persistent'] : []),
  ];
  return words.length === 0 ? '' : ` ${words.join(',')}`;
};

function target({ family, address, ports, ...rest }: NatTarget): string {
  const text =
    address === undefined
      ? ''
      : typeof address === 'string'
        ? address
        : 'by' in address
          ? lookup(address)
          : address.join('-');
  const port =
    ports === undefined
      ? ''
      : `:${typeof ports === 'number' ? ports : 'by' in ports ? lookup(ports) : ports.join('-')}`;
  const host = family === 'ip6' && port !== '' && text !== '' ? `[${text}]` : text;
  return `${family} to ${host}${port}${flags(rest)}`;
}

const lookup = (of: MapLookup | FromPacket): string => ('map' in of ? `${of.by} map @${of.map}` : of.by);

type Single = string | number | { readonly range: readonly [string | number, string | number] };

function value(left: string, right: MatchValue): string {
  if (typeof right === 'object' && 'set' in right) return `@${right.set}`;
  if (typeof right === 'object' && 'anyOf' in right)
    return `{ ${right.anyOf.map((one) => single(left, one)).join(', ')} }`;
  return single(left, right);
}

const single = (left: string, of: Single): string => {
  if (typeof of === 'object') return `${of.range[0]}-${of.range[1]}`;
  return /^[io]if/.test(left) ? `"${of}"` : String(of);
};

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
} from '../../src/state/index.ts';

/*
 * NetworkState's tables in nft's language, written without any code of src/nftables: what nft makes of this text is what
 * the kernel must hold.
 */

export const nftText = (tables: Readonly<Record<string, TableState>>): string =>
  Object.values(tables).map(table).join('\n');

function table({ family, name, comment, chains, sets, flowtables = {} }: TableState): string {
  const body = [
    ...Object.entries(flowtables).map(
      ([flows, { hook, priority, devices }]) =>
        `flowtable ${flows} {\nhook ${hook} priority ${priority}\ndevices = { ${devices.join(', ')} }\n}`,
    ),
    ...Object.entries(sets).map(([setName, state]) => set(setName, state)),
    ...Object.entries(chains).map(([chainName, state]) => chain(chainName, state)),
  ];
  if (comment !== undefined) body.unshift(`comment "${comment}"`);
  return `table ${family} ${name} {\n${body.join('\n')}\n}`;
}

function set(name: string, { key, value: values, flags, elements, timeout }: SetState): string {
  const words = elements.map((element) => {
    const parts = element.key.map((word, i) => single(key[i] === 'ifname' ? 'iifname' : '', word)).join(' . ');
    const text = element.comment === undefined ? parts : `${parts} comment "${element.comment}"`;
    return element.value === undefined ? text : `${text} : ${element.value.join(' . ')}`;
  });
  const lines = [
    `type ${key.join(' . ')}${values === undefined ? '' : ` : ${values.join(' . ')}`}`,
    ...(flags.length === 0 ? [] : [`flags ${flags.join(',')}`]),
    ...(timeout === undefined ? [] : [`timeout ${timeout * 1000}ms`]),
    ...(words.length === 0 ? [] : [`elements = { ${words.join(', ')} }`]),
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
  if ('log' in of) return `log${of.log.prefix === undefined ? '' : ` prefix "${of.log.prefix}"`}`;
  if ('limit' in of) {
    const { rate, per, burst = 5, over } = of.limit;
    return `limit rate ${over === true ? 'over ' : ''}${rate}/${per} burst ${burst} packets`;
  }
  if ('vmap' in of) return `${of.vmap.left} vmap @${of.vmap.set}`;
  if ('set' in of) return `${of.set.key} set ${of.set.value}`;
  if ('element' in of) {
    const { op, set: name, key, value: data, timeout } = of.element;
    return `${op} @${name} { ${key}${timeout === undefined ? '' : ` timeout ${timeout}s`}${data === undefined ? '' : ` : ${data}`} }`;
  }
  if ('flowAdd' in of) return `flow add @${of.flowAdd}`;
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

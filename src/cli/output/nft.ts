import type { FromPacket, MapLookup, NftRuleState, PacketElement, Statement, TableState } from '../../state/index.ts';

type Match = Extract<Statement, { match: unknown }>['match'];
type Value = Match['right'];

export interface RuleInWords {
  readonly chain: string;
  readonly text: string;
  /** The rule's comment; empty if it has none. */
  readonly comment: string;
}

/** The rules of a table in words. */
export function tableInWords({ chains, sets }: TableState): RuleInWords[] {
  return Object.entries(chains).flatMap(([chain, { rules, base }]) => [
    ...rules.map((rule) => ({ chain, text: ruleInWords(rule, sets), comment: rule.comment ?? '' })),
    ...(base?.policy === 'drop' ? [{ chain, text: 'other packets: dropped', comment: '' }] : []),
  ]);
}

function ruleInWords({ statements }: NftRuleState, sets: TableState['sets']): string {
  const conditions = statements.flatMap((statement) => ('match' in statement ? [matchInWords(statement.match)] : []));
  const actions = statements.flatMap((statement) =>
    'match' in statement ? [] : (actionInWords(statement, sets) ?? []),
  );
  return `${conditions.length === 0 ? 'everything' : conditions.join(', ')}: ${actions.join(', ') || 'counted'}`;
}

/** The words before a value that a selector must be equal to. */
const PHRASES: Readonly<Record<string, string>> = {
  'ip saddr': 'from',
  'ip6 saddr': 'from',
  'ip daddr': 'to',
  'ip6 daddr': 'to',
  iifname: 'in by',
  iif: 'in by',
  oifname: 'out by',
  oif: 'out by',
  'tcp dport': 'to TCP port',
  'udp dport': 'to UDP port',
  'tcp sport': 'from TCP port',
  'udp sport': 'from UDP port',
  'ct state': '',
  'meta l4proto': '',
  'ip protocol': '',
};

function matchInWords({ left, op, right }: Match): string {
  const value = valueInWords(right);
  const phrase = PHRASES[left];
  if (phrase === undefined || (op !== '==' && op !== '!=' && op !== 'in')) return `${left} ${op} ${value}`;
  const text = phrase === '' ? value : `${phrase} ${value}`;
  return op === '!=' ? `not ${text}` : text;
}

function valueInWords(value: Value): string {
  if (typeof value !== 'object') return String(value);
  if ('set' in value) return `any of the set ${value.set}`;
  if ('range' in value) return value.range.join(' to ');
  return value.anyOf.map((item) => valueInWords(item)).join(' or ');
}

const VERDICTS = { accept: 'accepted', drop: 'dropped', continue: 'continues', return: 'returns' } as const;

function actionInWords(
  statement: Exclude<Statement, { match: unknown }>,
  sets: TableState['sets'],
): string | undefined {
  if ('verdict' in statement) return VERDICTS[statement.verdict];
  if ('masquerade' in statement) return 'masqueraded';
  if ('snat' in statement) return `snat to ${targetInWords(statement.snat, sets)}`;
  if ('dnat' in statement) return `dnat to ${targetInWords(statement.dnat, sets)}`;
  if ('reject' in statement) return statement.reject.with ? `rejected with ${statement.reject.with}` : 'rejected';
  if ('jump' in statement) return `jumps to chain ${statement.jump}`;
  if ('goto' in statement) return `goes to chain ${statement.goto}`;
  if ('log' in statement) return statement.log.prefix ? `logged as "${statement.log.prefix}"` : 'logged';
  if ('limit' in statement) {
    const { rate, per, over } = statement.limit;
    return `${over ? 'over' : 'up to'} ${rate} a ${per}`;
  }
  if ('set' in statement) return `${statement.set.key} becomes ${statement.set.value}`;
  if ('vmap' in statement) {
    return `by ${statement.vmap.left}, as map ${statement.vmap.set} says${entries(sets, statement.vmap.set)}`;
  }
  if ('element' in statement) return elementInWords(statement.element);
  if ('flowAdd' in statement) return `connection added to flowtable ${statement.flowAdd}, bypassing the rules`;
  if ('write' in statement) return `${statement.write.to} becomes ${statement.write.value}`;
  // A counter is no action.
  if ('counter' in statement) return undefined;
  return `${statement.raw.name} (unknown expression)`;
}

const range = (value: string | number | readonly (string | number)[]): string =>
  typeof value === 'object' ? value.join(' to ') : String(value);

type Target = Extract<Statement, { snat: unknown }>['snat'];

function targetInWords({ address, ports }: Target, sets: TableState['sets']): string {
  const fromMap = (source: MapLookup | FromPacket): string =>
    'map' in source ? `what map ${source.map}${entries(sets, source.map)} has for ${source.by}` : source.by;
  return [
    address === undefined ? [] : typeof address === 'object' && 'by' in address ? fromMap(address) : range(address),
    ports === undefined ? [] : `port ${typeof ports === 'object' && 'by' in ports ? fromMap(ports) : range(ports)}`,
  ]
    .flat()
    .join(', ');
}

function elementInWords({ op, set, key, value }: PacketElement): string {
  const element = value === undefined ? key : `${key}, with ${value}`;
  if (op === 'delete') return `${element} is deleted from ${set}`;
  return op === 'add' ? `${element} is added to ${set}` : `${element} is updated in ${set}`;
}

function entries(sets: TableState['sets'], name: string): string {
  const set = sets[name];
  const size = set?.flags.includes('dynamic') === true ? undefined : set?.elements.length;
  return size === undefined ? '' : ` (${size} ${size === 1 ? 'entry' : 'entries'})`;
}

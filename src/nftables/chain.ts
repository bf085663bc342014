import { EncodeError, type Infer } from '../wire/index.ts';
import type { ChainState, TableFamily } from '../state/index.ts';
import type { chain } from './schema/index.ts';

type ChainMessage = Partial<Infer<typeof chain>>;
type Base = NonNullable<ChainState['base']>;
type Hook = Base['hook'];

/** Hook numbers: NF_INET_* (bridges use the same), NF_ARP_* and NF_NETDEV_*. */
const inet: Partial<Record<Hook, number>> = {
  prerouting: 0,
  input: 1,
  forward: 2,
  output: 3,
  postrouting: 4,
  ingress: 5,
};
const hooks: Readonly<Record<TableFamily, Partial<Record<Hook, number>>>> = {
  ip: inet,
  ip6: inet,
  inet,
  bridge: inet,
  arp: { input: 0, output: 1, forward: 2 },
  netdev: { ingress: 0, egress: 1 },
};

/** NF_DROP and NF_ACCEPT. */
const policies = { drop: 0, accept: 1 } as const;

/** Returns the attributes of a base chain. @throws EncodeError when the family does not have the hook */
export function encodeBase(family: TableFamily, base: Base): Pick<ChainMessage, 'type' | 'policy' | 'hook'> {
  const number = hooks[family][base.hook];
  if (number === undefined) throw new EncodeError('a chain', `the family ${family} has no hook "${base.hook}"`);
  return {
    type: base.type,
    policy: policies[base.policy],
    hook: { number, priority: base.priority, ...(base.device === undefined ? {} : { device: base.device }) },
  };
}

/** Returns the hook, type and policy of a base chain; undefined for a regular chain, or an unknown hook or type. */
export function decodeBase(family: TableFamily, { hook, type, policy }: ChainMessage): Base | undefined {
  if (hook === undefined) return undefined;
  const name = (Object.keys(hooks[family]) as Hook[]).find((key) => hooks[family][key] === hook.number);
  if (name === undefined || (type !== 'filter' && type !== 'nat' && type !== 'route')) return undefined;
  const device = hook.device ?? hook.devices?.[0];
  return {
    type,
    hook: name,
    priority: hook.priority ?? 0,
    policy: policy === policies.drop ? 'drop' : 'accept',
    ...(device === undefined ? {} : { device }),
  };
}

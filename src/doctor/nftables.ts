import { NETLINK_NETFILTER, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import { Transaction } from '../nftables/index.ts';
import type { ChainState, Statement, TableState } from '../state/index.ts';
import { SyscallError } from '../ffi/index.ts';
import { found, type Finding, type Status } from './finding.ts';
import { moduleFix } from './module.ts';

interface Trial {
  /** The family of the table; inet when absent. */
  readonly family?: TableState['family'];
  readonly id: string;
  readonly title: string;
  readonly needed: string;
  readonly module: string;
  /** The status if the test fails. */
  readonly missing: Status;
  readonly base: NonNullable<ChainState['base']>;
  readonly statements: readonly Statement[];
  readonly flowtables?: TableState['flowtables'];
}

const FILTER = { type: 'filter', hook: 'forward', priority: 0, policy: 'accept' } as const;
const NAT = { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' } as const;

const TRIALS: readonly Trial[] = [
  {
    id: 'nftables',
    title: 'nftables',
    needed: '`firewall`, `nat`, `publish` and `internet`',
    module: 'nf_tables',
    missing: 'problem',
    base: FILTER,
    statements: [{ verdict: 'accept' }],
  },
  {
    id: 'nftables-masquerade',
    title: 'NAT in nftables',
    needed: '`nat`, `publish` and `internet`',
    module: 'nft_masq',
    missing: 'problem',
    base: NAT,
    statements: [{ masquerade: {} }],
  },
  {
    id: 'nftables-bridge',
    title: 'nftables on bridges',
    needed: '`publish` and `internet`',
    module: 'nf_tables',
    missing: 'problem',
    family: 'bridge',
    base: { ...FILTER, hook: 'postrouting' },
    statements: [{ match: { left: 'ip daddr', op: '==', right: '127.0.0.0/8' } }, { verdict: 'drop' }],
  },
  {
    id: 'conntrack',
    title: 'Connection tracking',
    needed: '`firewall`, for reply packets, and `nat`',
    module: 'nft_ct',
    missing: 'problem',
    base: FILTER,
    statements: [
      { match: { left: 'ct state', op: 'in', right: { anyOf: ['established', 'related'] } } },
      { verdict: 'accept' },
    ],
  },
  {
    id: 'flowtables',
    title: 'Flowtables',
    needed: '`forward: { flowtable: true }`',
    module: 'nf_flow_table_inet',
    missing: 'warning',
    base: FILTER,
    statements: [{ match: { left: 'meta l4proto', op: '==', right: 'tcp' } }, { flowAdd: 'flows' }],
    flowtables: { flows: { hook: 'ingress', priority: 0, devices: ['lo'] } },
  },
];

/** Tests tables in the calling thread's namespace, which is removed afterwards. */
export function nftables(): Finding[] {
  let socket: NetlinkSocket;
  try {
    socket = NetlinkSocket.open(NETLINK_NETFILTER);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return TRIALS.map((trial) => found(subjectOf(trial), trial.missing, error.message, moduleFix('nfnetlink')));
  }
  try {
    return TRIALS.map((trial) => testTable(socket, trial));
  } finally {
    socket.close();
  }
}

export const nftablesUntried = (reason: string): Finding[] =>
  TRIALS.map((trial) => found(subjectOf(trial), 'unknown', reason));

const subjectOf = ({ id, title, needed }: Trial) => ({ id, title, needed });

function testTable(socket: NetlinkSocket, trial: Trial): Finding {
  const transaction = new Transaction();
  transaction.addTable({
    family: trial.family ?? 'inet',
    name: `try-${trial.id}`,
    chains: { try: { base: trial.base, rules: [{ statements: trial.statements }] } },
    sets: {},
    ...(trial.flowtables !== undefined && { flowtables: trial.flowtables }),
  });
  try {
    transaction.commit(socket);
    return found(subjectOf(trial), 'ok', 'tested: works');
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    if (error.code === 'EPERM') return found(subjectOf(trial), 'unknown', error.message);
    return found(subjectOf(trial), trial.missing, error.message, moduleFix(trial.module));
  }
}

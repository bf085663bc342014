import { compiled, program, source } from './harness/paths.ts';
import { atMost, type Report, type Table, type Target } from './harness/report.ts';
import { run, sandboxed, timed, TooSlowError } from './harness/run.ts';
import { digits, interleave, ratio, spread, type Candidate, type Samples } from './harness/samples.ts';

/** The times of one run of the job, in milliseconds. */
interface Job {
  /** Until every node was usable. */
  readonly create: number;
  /** The duration of the call that removes the network. */
  readonly remove: number;
  /** From the start of that call until the kernel had destroyed the last namespace. */
  readonly gone: number;
  /** The whole process, with both calls. */
  readonly process: number;
}

const FLOOR = 'floor: raw netlink in C';
const NETWRIGHT = 'Netwright';
const DUAL = 'Netwright, IPv4 and IPv6';
const BATCH = 'ip -batch';
const PYROUTE2 = 'pyroute2';

/** The time limit of a run in milliseconds: enough for pyroute2 with a thousand nodes on a slow machine. */
const LIMIT = 240_000;

type Results = ReadonlyMap<string, readonly (Job | undefined)[]>;

/** Measures creating and removing networks of 1 to 1,000 nodes. */
export function benchCreate(quick: boolean): Report {
  const small = measure(1, quick ? 2 : 7);
  const medium = measure(100, quick ? 2 : 7, { [PYROUTE2]: quick ? 1 : 5 });
  const large = measure(1000, quick ? 1 : 5, { [BATCH]: quick ? 1 : 3, [PYROUTE2]: 1 });
  return {
    title: 'Create and remove',
    about: [
      'A bridge, N nodes with a cable to it, an address and a default route each, forwarding and one masquerade rule.',
      'Netwright makes more: an uplink to the host, and an /etc/hosts for each node. Its `create` includes checking and compiling the topology, reading what the kernel holds, and planning.',
      '',
      '`create` and `remove` are timed inside each process, until the call returns; `gone` is from the start of removing until the kernel, which goes on in the background, has destroyed everything; `process` is both calls with what it takes to start and end. Ratios are of runs that stood side by side.',
    ].join('\n'),
    tables: [tableOf(1, small), tableOf(100, medium), tableOf(1000, large), peers(medium, large)],
    targets: targets(medium, large),
  };
}

function measure(nodes: number, rounds: number, fewer: Readonly<Record<string, number>> = {}): Results {
  const candidate = (name: string, command: readonly string[]): Candidate<Job> => ({
    name,
    rounds: fewer[name] ?? rounds,
    measure: () => measureJob([...command, String(nodes)]),
  });
  const job = [process.execPath, program('create-job.js')];
  const dual = candidate(DUAL, job);
  return interleave(rounds, [
    candidate(FLOOR, [compiled('floor')]),
    candidate(NETWRIGHT, job),
    candidate(BATCH, ['bash', source('ip-batch.sh')]),
    { ...dual, measure: () => measureJob([...job, String(nodes), 'dual']) },
    candidate(PYROUTE2, ['/usr/bin/python3', source('pyroute2-job.py')]),
  ]);
}

/** Runs the job in a new sandbox; undefined if it took too long. */
function measureJob(command: readonly string[]): Job | undefined {
  try {
    const script = '"$@"; exec "$0"';
    const lines = run(sandboxed(['sh', '-ec', script, compiled('drain'), ...timed(command)]), { limit: LIMIT });
    const { create, remove, removing } = JSON.parse(lines[0]!) as Job & { removing: number };
    return { create, remove, gone: Number(lines[2]) - removing, process: Number(lines[1]) };
  } catch (error) {
    if (error instanceof TooSlowError) return undefined;
    throw error;
  }
}

const timesOf = (results: Results, name: string, key: keyof Job): Samples =>
  results.get(name)!.map((job) => job?.[key]);

function tableOf(nodes: number, results: Results): Table {
  const floor = timesOf(results, FLOOR, 'create');
  return {
    title: `N = ${nodes.toLocaleString('en')}`,
    head: ['', 'runs', 'create', '× floor', 'remove', 'gone', 'process'],
    rows: [...results].map(([name, jobs]) => {
      const create = timesOf(results, name, 'create');
      return [
        name,
        String(jobs.filter((job) => job !== undefined).length),
        spread(create),
        digits(ratio(create, floor)),
        ...(['remove', 'gone', 'process'] as const).map((key) => spread(timesOf(results, name, key))),
      ];
    }),
  };
}

/** How many times faster than the peers. The kernel's own time is the bound, as the floor shows. */
function peers(medium: Results, large: Results): Table {
  const against = (results: Results, peer: string, name: string): string =>
    digits(ratio(timesOf(results, peer, 'create'), timesOf(results, name, 'create')));
  return {
    title: 'Create, how many times faster than',
    head: ['', 'Netwright', 'floor'],
    rows: (
      [
        [100, medium],
        [1000, large],
      ] as const
    ).flatMap(([nodes, results]) =>
      [BATCH, PYROUTE2].map((peer) => [
        `${peer}, N = ${nodes.toLocaleString('en')}`,
        against(results, peer, NETWRIGHT),
        against(results, peer, FLOOR),
      ]),
    ),
  };
}

function targets(medium: Results, large: Results): Target[] {
  const create = (results: Results, name: string, base: string): number =>
    ratio(timesOf(results, name, 'create'), timesOf(results, base, 'create'));
  const against = { medium: create(medium, NETWRIGHT, FLOOR), large: create(large, NETWRIGHT, FLOOR) };
  return [
    atMost('create 100 against the floor', against.medium, 1.5),
    atMost('create 1,000 against the floor', against.large, 1.3),
    atMost("growth of a node's cost from 100 to 1,000, against the floor's", against.large / against.medium, 1.1),
    ...(['remove', 'gone'] as const).map((key) =>
      atMost(`${key} 1,000 against the floor`, ratio(timesOf(large, NETWRIGHT, key), timesOf(large, FLOOR, key)), 2),
    ),
  ];
}

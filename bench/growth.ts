import { writeFileSync } from 'node:fs';
import { Lab, type TopologyInput } from '../src/library/index.ts';
import { CLI } from './harness/paths.ts';
import { atMost, type Report, type Table, type Target } from './harness/report.ts';
import { run, timed } from './harness/run.ts';
import { digits, median, spread } from './harness/samples.ts';

/*
 * Times that must not grow faster than the number of labs, nodes or services. Must run in a sandbox.
 */

const CLI_COMMAND = [process.execPath, CLI];
const FILE = '/run/nwgrowth.json';

interface Part {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
}

export async function benchGrowth(quick: boolean): Promise<Report> {
  const parts = [
    await manyLabs(quick ? [5, 10] : [10, 20, 50, 100]),
    await largeLab(quick ? [50, 100] : [250, 500, 1000]),
    await manyServices(quick ? 50 : 500),
    refusal(quick ? [2000, 20_000] : [20_000, 200_000]),
  ];
  return {
    title: 'Growth',
    about:
      'The command line as whole processes, with what V8 has compiled kept; bringing up by the library, in one process.',
    tables: parts.flatMap(({ tables }) => tables),
    targets: parts.flatMap(({ targets }) => targets),
  };
}

const timesOf = (args: readonly string[], rounds = 3): number[] =>
  Array.from({ length: rounds }, () => Number(run(timed([...CLI_COMMAND, ...args])).at(-1)));

/** Labs with and without internet access: listed, created one after another, and removed together. */
async function manyLabs(counts: readonly number[]): Promise<Part> {
  const maxCount = counts.at(-1)!;
  const kinds = [await labsOf(counts, false), await labsOf(counts, true)] as const;
  const [isolated, connected] = kinds;
  const few = Math.max(1, Math.floor(maxCount / 20));
  const upGrowth = ({ ups }: Labs): number => median(ups.slice(-few)) / median(ups.slice(few, 2 * few));
  const per = ({ lists }: Labs): number => median(lists.at(-1)!) / median(lists[0]!) / (maxCount / counts[0]!);
  return {
    tables: [
      {
        title: 'Labs of one node',
        head: ['', 'without internet', 'with internet', '×'],
        rows: [
          ...counts.map((count, i) => [
            `netwright ls, ${count} labs`,
            ...kinds.map(({ lists }) => spread(lists[i]!)),
            digits(median(connected.lists[i]!) / median(isolated.lists[i]!)),
          ]),
          ['up, one of the first', ...kinds.map(({ ups }) => spread(ups.slice(few, 2 * few))), ''],
          ['up, one of the last', ...kinds.map(({ ups }) => spread(ups.slice(-few))), ''],
          [
            `netwright down --all, ${maxCount} labs`,
            ...kinds.map(({ down }) => digits(down)),
            digits(connected.down / isolated.down),
          ],
        ],
      },
    ],
    targets: [
      atMost(
        `ls of ${maxCount} labs with internet against without`,
        median(connected.lists.at(-1)!) / median(isolated.lists.at(-1)!),
        1.5,
      ),
      atMost(`ls of ${maxCount} labs with internet, a lab, against ${counts[0]}`, per(connected), 1),
      atMost('up of the last lab with internet against the first', upGrowth(connected), 1.5),
      atMost(`down --all of ${maxCount} labs with internet against without`, connected.down / isolated.down, 2),
    ],
  };
}

interface Labs {
  /** The times of `netwright ls` in milliseconds, for each count. */
  readonly lists: readonly (readonly number[])[];
  /** The time of each `up` in milliseconds. */
  readonly ups: readonly number[];
  readonly down: number;
}

async function labsOf(counts: readonly number[], internet: boolean): Promise<Labs> {
  const lists: number[][] = [];
  const ups: number[] = [];
  for (const count of counts) {
    while (ups.length < count) {
      const t0 = performance.now();
      await Lab.up({
        name: `nwg${ups.length}`,
        networks: { lan: { subnet: '10.80.0.0/24', ...(internet && { internet }) } },
        nodes: { a: { networks: ['lan'] } },
      });
      ups.push(performance.now() - t0);
    }
    lists.push(timesOf(['ls']));
  }
  return { lists, ups, down: timesOf(['down', '--all'], 1)[0]! };
}

/** One network of many nodes: `show` and `snapshot`. */
async function largeLab(sizes: readonly number[]): Promise<Part> {
  const measured: { size: number; show: number[]; snapshot: number[] }[] = [];
  for (const size of sizes) {
    const lab = await Lab.up({
      name: 'nwgrown',
      networks: { lan: { subnet: '10.80.0.0/16' } },
      nodes: Object.fromEntries(Array.from({ length: size }, (_, i) => [`n${i}`, { networks: ['lan'] }])),
    });
    measured.push({ size, show: timesOf(['show', lab.name]), snapshot: timesOf(['snapshot', lab.name]) });
    await lab.down();
  }
  const last = measured.at(-1)!;
  const ratioOf = ({ show, snapshot }: (typeof measured)[number]): number => median(snapshot) / median(show);
  return {
    tables: [
      {
        title: 'One network',
        head: ['', 'show', 'snapshot', '×'],
        rows: measured.map((lab) => [
          `${lab.size} nodes`,
          spread(lab.show),
          spread(lab.snapshot),
          digits(ratioOf(lab)),
        ]),
      },
    ],
    targets: [atMost(`snapshot of ${last.size} nodes against show`, ratioOf(last), 3)],
  };
}

const SERVICES = 10;

/** Restarts the services of one node, in a lab with many other services and in one without. */
async function manyServices(count: number): Promise<Part> {
  const restarts: number[][] = [];
  const nodeCounts = [1, count / SERVICES];
  for (const nodes of nodeCounts) {
    const lab = await Lab.up(topologyWithServices(nodes));
    restarts.push(timesOf(['restart', `${lab.name}.n0`]));
    await lab.down();
  }
  const [alone, among] = restarts as [number[], number[]];
  return {
    tables: [
      {
        title: `Restarting ${SERVICES} services`,
        head: ['', 'time'],
        rows: nodeCounts.map((nodes, i) => [`of ${nodes * SERVICES}`, spread(restarts[i]!)]),
      },
    ],
    targets: [
      atMost(
        `restart of ${SERVICES} of ${count} services against ${SERVICES} of ${SERVICES}`,
        median(among) / median(alone),
        1.5,
      ),
    ],
  };
}

const topologyWithServices = (nodes: number): TopologyInput & { readonly name: string } => ({
  name: 'nwserving',
  nodes: Object.fromEntries(
    Array.from({ length: nodes }, (_, i) => [
      `n${i}`,
      { run: Object.fromEntries(Array.from({ length: SERVICES }, (_, j) => [`s${j}`, { command: 'sleep infinity' }])) },
    ]),
  ),
});

/** Refuses a topology with more nodes than its network has addresses. */
function refusal(sizes: readonly number[]): Part {
  const times = sizes.map((size) => {
    const nodes = Object.fromEntries(Array.from({ length: size }, (_, i) => [`n${i}`, { networks: ['lan'] }]));
    writeFileSync(FILE, JSON.stringify({ name: 'nwrefused', networks: { lan: { subnet: '10.80.0.0/16' } }, nodes }));
    const refused = ['bash', '-c', '! "$@" 2>/dev/null', 'bash', ...CLI_COMMAND, 'plan', FILE];
    return Number(run(timed(refused)).at(-1));
  });
  const growth = times.at(-1)! / times[0]! / (sizes.at(-1)! / sizes[0]!);
  return {
    tables: [
      {
        title: 'Refusing more nodes than a network can have',
        head: ['', 'time'],
        rows: sizes.map((size, i) => [`${size.toLocaleString('en')} nodes`, digits(times[i]!)]),
      },
    ],
    targets: [
      atMost(
        `refusing ${sizes.at(-1)!.toLocaleString('en')} nodes, a node, against ${sizes[0]!.toLocaleString('en')}`,
        growth,
        1,
      ),
    ],
  };
}

import { program } from './harness/paths.ts';
import { atLeast, atMost, type Report } from './harness/report.ts';
import { run, sandboxed } from './harness/run.ts';
import { digits, interleave, median, ratio, spread, type Candidate, type Samples } from './harness/samples.ts';

type Figures = Readonly<Record<string, { readonly add: number; readonly connect: number }>>;

const COUNTS = ['1', '100', '1000', '3000'];

const NETWRIGHT = 'Netwright, node.publish';
const NFT = 'nft, an element of a map';
const IPTABLES = 'iptables, a rule as CNI’s portmap writes it';
const DOCKER = 'iptables, the rules Docker writes';

/** Measures publishing one more port, with 1 to 3,000 published ports, and connecting through it. */
export function benchPublish(quick: boolean): Report {
  const results = interleave<Figures>(quick ? 1 : 3, [
    candidate(NETWRIGHT, 'netwright'),
    candidate(NFT, 'nft'),
    candidate(IPTABLES, 'iptables'),
    candidate(DOCKER, 'docker'),
  ]);
  const timesOf = (name: string, count: string, action: 'add' | 'connect'): Samples =>
    results.get(name)!.map((figures) => (figures === undefined ? undefined : figures[count]![action] / 1000));
  const table = (title: string, action: 'add' | 'connect') => ({
    title,
    head: ['', ...COUNTS.map((count) => `at ${count}`), 'the 3000th × the first'],
    rows: [...results.keys()].map((name) => [
      name,
      ...COUNTS.map((count) => spread(timesOf(name, count, action))),
      digits(ratio(timesOf(name, '3000', action), timesOf(name, '1', action))),
    ]),
  });
  return {
    title: 'Publish 3,000 ports',
    about:
      'Publishing one more port while others are published, and a new connection through it from another namespace. Netwright’s time includes its locks, and looking whether anybody has the port; the others start a program each time.',
    tables: [table('Publishing one more', 'add'), table('A new connection', 'connect')],
    targets: [
      atMost(
        'the 3000th port against the first',
        ratio(timesOf(NETWRIGHT, '3000', 'add'), timesOf(NETWRIGHT, '1', 'add')),
        1.5,
      ),
      atMost(
        'a connection through the 3000th against one through the first',
        ratio(timesOf(NETWRIGHT, '3000', 'connect'), timesOf(NETWRIGHT, '1', 'connect')),
        1.5,
      ),
      atLeast(
        'faster than iptables, the 3000th port',
        median(timesOf(IPTABLES, '3000', 'add')) / median(timesOf(NETWRIGHT, '3000', 'add')),
        1,
      ),
    ],
  };
}

function candidate(name: string, method: string): Candidate<Figures> {
  const command = sandboxed([process.execPath, program('publish-job.js'), method]);
  return { name, measure: () => JSON.parse(run(command).at(-1)!) as Figures };
}

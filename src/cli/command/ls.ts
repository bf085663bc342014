import { print, say, printJson, STDOUT, styleFor, type Style, table, count } from '../output/index.ts';
import type { LabSummary } from '../../lab/index.ts';
import { define } from '../define.ts';
import { EXIT, exitCodeOf } from '../exit.ts';
import { hasLabFolders, labNames, labNamespaces } from '../../netns/index.ts';
import { jsonOption } from '../options.ts';

/** A lab; its state is `unknown` if this user lacks the permission to read it. */
type Entry = Omit<LabSummary, 'state'> & { readonly state: LabSummary['state'] | 'unknown' };

export const command = define({
  name: 'ls',
  purpose: 'List the labs that are up, with their nodes.',
  details: 'A lab is "partial" if it differs from its topology; `netwright up` repairs it.',
  examples: [
    ['netwright ls', ''],
    ["netwright ls --json | jq -r '.labs[].nodes[].namespace'", 'the names that `ip netns exec` takes'],
  ],
  exits: [EXIT.failed],
})
  .addOption(jsonOption())
  .action(async ({ json = false }: { readonly json?: boolean }) => {
    const labs = await entries();
    if (json) return printJson({ labs });
    if (labs.length === 0) print('no lab is up; start one with `netwright up FILE`\n');
    else print(describe(labs, styleFor(STDOUT)));
    if (labs.some(({ state }) => state === 'unknown')) {
      say('run as root to see addresses, and whether labs are complete\n');
    }
  });

async function entries(): Promise<Entry[]> {
  // Load nothing in the frequent case that there are no labs.
  if (!hasLabFolders()) return [];
  const { list } = await import('../../lab/index.ts');
  try {
    return list();
  } catch (error) {
    if (exitCodeOf(error) !== EXIT.lacking) throw error;
    return labNames().map((lab) => ({ lab, state: 'unknown', nodes: nodesByName(lab) }));
  }
}

const nodesByName = (lab: string): Entry['nodes'] =>
  labNamespaces(lab).flatMap(({ node, namespace }) =>
    node === undefined ? [] : [{ name: node, namespace, alive: true, addresses: [] }],
  );

function describe(labs: readonly Entry[], style: Style): string {
  const rows = labs.flatMap((entry) => {
    const { lab, nodes } = entry;
    const first = [style.bold(lab), stateOf(entry, style)];
    if (nodes.length === 0) return [first];
    return nodes.map(({ namespace, alive, addresses }, i) => {
      const text = alive ? addresses.map((address) => style.cyan(address)).join('  ') : style.red('missing');
      return [...(i === 0 ? first : ['', '']), namespace, text];
    });
  });
  return table([['LAB', 'STATE', 'NODE', 'ADDRESSES'].map(style.dim), ...rows])
    .map((line) => `${line}\n`)
    .join('');
}

function stateOf({ state, missing, problem }: Entry, style: Style): string {
  if (state === 'up') return style.green('up');
  if (state === 'unknown') return style.dim('unknown');
  if (problem !== undefined) return style.yellow(`${state}: ${problem}`);
  return style.yellow(missing === undefined ? 'partial' : `partial, ${count(missing, 'step')} missing`);
}

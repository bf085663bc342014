import { print, say, printJson, STDOUT, styleFor, type Style, table, count } from '../output/index.ts';
import type { LabSummary } from '../../lab/index.ts';
import { define } from '../define.ts';
import { EXIT, exitCodeOf } from '../exit.ts';
import { hasLabFolders, labNames, labNamespaces } from '../../netns/index.ts';
import { jsonOption } from '../options.ts';

/** A lab as far as this user may know it. */
type Entry = Omit<LabSummary, 'state'> & { readonly state: LabSummary['state'] | 'unknown' };

export const command = define({
  name: 'ls',
  purpose: 'List the labs that are up, with their nodes.',
  details: 'A lab is "partial" when something that its file asks for is missing or different; `netwright up` mends it.',
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
    if (labs.length === 0) print('no lab is up; `netwright up FILE` brings one up\n');
    else print(describe(labs, styleFor(STDOUT)));
    if (labs.some(({ state }) => state === 'unknown')) {
      say('whether labs are whole, and their addresses, takes root to see\n');
    }
  });

async function entries(): Promise<Entry[]> {
  // Most often there is none, and nothing needs to be loaded to say so.
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
      const shown = alive ? addresses.map((address) => style.cyan(address)).join('  ') : style.red('missing');
      return [...(i === 0 ? first : ['', '']), namespace, shown];
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
  return style.yellow(missing === undefined ? 'partial' : `partial, ${count(missing, 'step')} short`);
}

import { print, checksData, counted, describeChecks, printJson, STDOUT, styleFor } from '../output/index.ts';
import { Option } from 'commander';
import type { CheckResult } from '../../lab/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, LAB, seconds, setOption, type SetOption } from '../options.ts';
import { NotFoundError } from '../../store/index.ts';
import { requireLab, resolveLab } from '../resolve.ts';
import { isFileArgument, loadTopologyFile } from '../topology-file.ts';

interface Options extends SetOption {
  readonly timeout: number;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export const command = define({
  name: 'check',
  purpose: 'Prove what a lab expects by sending packets.',
  details:
    'Each entry of `expect` in the topology file is tried from the node it names: pings, TCP connections, UDP datagrams. ' +
    'Who answered is said: a service, another program or, where nothing listens and the node runs no service that could be ' +
    'meant to, a stand-in of its own, so that the network is tested. `reachable: false` that holds for want of anything to ' +
    'send or to answer is marked and counted apart, and is a failure with --strict. With a file, it is that file that says ' +
    'what to expect, else the one the lab was brought up with.',
  examples: [
    ['netwright check shop', ''],
    ['netwright check shop.yaml', 'after changing what it expects'],
    ['netwright check --timeout 0.2', 'do not wait long for what must not answer'],
    ['netwright check shop --strict', 'fail, too, when something holds but proves nothing'],
    ["netwright check shop --json | jq '.results[] | select(.ok | not)'", ''],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|file]', LAB)
  .addOption(
    new Option('--timeout <seconds>', 'how long to wait for each answer').argParser(seconds).default(1000, '1'),
  )
  .option('--strict', 'fail, too, when something holds but proves nothing')
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (argument: string | undefined, { timeout, strict = false, json = false, ...given }: Options) => {
    const { lab, results } = await checked(argument, timeout, given);
    const { failed, empty } = counted(results);
    if (failed > 0 || (strict && empty > 0)) process.exitCode = EXIT.failed;
    if (json) printJson(checksData(lab, results));
    else print(describeChecks(lab, results, styleFor(STDOUT)));
  });

async function checked(
  argument: string | undefined,
  timeout: number,
  given: SetOption,
): Promise<{ lab: string; results: CheckResult[] }> {
  const file = argument !== undefined && isFileArgument(argument) ? argument : undefined;
  const topology = file === undefined ? undefined : await loadTopologyFile(file, given.set);
  const lab = topology?.name ?? (await resolveLab(argument, given));
  requireLab(lab, file === undefined ? 'see `netwright ls`' : `bring it up with \`netwright up ${file}\``);
  const { check } = await import('../../lab/index.ts');
  const { compileHere, compileSaved } = await import('../../store/index.ts');
  const compiled = topology === undefined ? compileSaved(lab) : compileHere(topology).compiled;
  if (compiled.expectations.length === 0) {
    throw new NotFoundError(
      `lab "${lab}" expects nothing, so there is nothing to check; add to its file: expect: [{ from: NODE, to: NODE, icmp: true }]`,
    );
  }
  return { lab, results: await check(compiled, { timeout }) };
}

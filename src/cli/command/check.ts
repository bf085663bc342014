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
  purpose: 'Test the expectations of a lab with real packets.',
  details:
    'Sends a ping, a TCP connection or a UDP datagram for each entry of `expect` in the topology file, and prints who replied: ' +
    'a service, another program, or a stand-in that check runs itself, if nothing listens on the port and no service of the ' +
    'node could. Expectations with `reachable: false` that hold only because there is no sender, target or route are marked ' +
    'and counted separately, and fail with --strict. With a file, the expectations of that file are tested, otherwise those ' +
    'of the file that the lab was brought up with.',
  examples: [
    ['netwright check shop', ''],
    ['netwright check shop.yaml', 'after changing the expectations in the file'],
    ['netwright check --timeout 0.2', 'short timeout, for unreachable targets'],
    ['netwright check shop --strict', 'also fail if an expectation holds but proves nothing'],
    ["netwright check shop --json | jq '.results[] | select(.ok | not)'", ''],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|file]', LAB)
  .addOption(new Option('--timeout <seconds>', 'how long to wait for each reply').argParser(seconds).default(1000, '1'))
  .option('--strict', 'also fail if an expectation holds but proves nothing')
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (argument: string | undefined, { timeout, strict = false, json = false, ...fileOptions }: Options) => {
    const { lab, results } = await runChecks(argument, timeout, fileOptions);
    const { failed, empty } = counted(results);
    if (failed > 0 || (strict && empty > 0)) process.exitCode = EXIT.failed;
    if (json) printJson(checksData(lab, results));
    else print(describeChecks(lab, results, styleFor(STDOUT)));
  });

async function runChecks(
  argument: string | undefined,
  timeout: number,
  fileOptions: SetOption,
): Promise<{ lab: string; results: CheckResult[] }> {
  const file = argument !== undefined && isFileArgument(argument) ? argument : undefined;
  const topology = file === undefined ? undefined : await loadTopologyFile(file, fileOptions.set);
  const lab = topology?.name ?? (await resolveLab(argument, fileOptions));
  requireLab(lab, file === undefined ? 'see `netwright ls`' : `bring it up with \`netwright up ${file}\``);
  const { check } = await import('../../lab/index.ts');
  const { compileForHost, compileSaved } = await import('../../store/index.ts');
  const compiled = topology === undefined ? compileSaved(lab) : compileForHost(topology).compiled;
  if (compiled.expectations.length === 0) {
    throw new NotFoundError(
      `lab "${lab}" has no expectations to check; add some to its file: expect: [{ from: NODE, to: NODE, icmp: true }]`,
    );
  }
  return { lab, results: await check(compiled, { timeout }) };
}

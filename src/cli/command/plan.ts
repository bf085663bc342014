import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, setOption, type SetOption } from '../options.ts';
import { printJson } from '../output/json.ts';
import { describePlan, operationData } from '../output/plan.ts';
import { print, say } from '../output/print.ts';
import { STDERR, STDOUT, styleFor } from '../output/style.ts';
import { readTopologyFile } from '../../store/topology-file.ts';

interface Options extends SetOption {
  readonly json?: boolean;
  readonly exitCode?: boolean;
  readonly foreign?: boolean;
}

export const command = define({
  name: 'plan',
  purpose: 'Show what `up` would do.',
  details:
    'Compares the file with the state of the kernel, and changes nothing. Each line is a step: + adds, ~ changes, - removes.',
  examples: [
    ['netwright plan shop.yaml', 'before `netwright up shop.yaml`'],
    ['netwright plan shop.yaml --exit-code || echo drift', 'in a script: detect differences'],
    [
      "netwright plan shop.yaml --json | jq -r '.operations[].commands[]'",
      'the steps as commands of ip, bridge, nft and sysctl',
    ],
    ['netwright plan shop.yaml --foreign', 'check a lab made by the output of `netwright script`'],
  ],
  exits: [EXIT.differs, EXIT.topology, EXIT.lacking, EXIT.taken],
})
  .argument('<file>', 'the topology file, YAML or JSON; - is standard input')
  .addOption(setOption())
  .addOption(jsonOption())
  .option('--exit-code', 'exit with 2 if the lab differs from the file')
  .option(
    '--foreign',
    'compare with namespaces of these names, even if another program created them; `up` never changes those',
  )
  .action(async (file: string, { json = false, exitCode = false, foreign = false, set = {} }: Options) => {
    const text = readTopologyFile(file);
    const { planLab } = await import('../../lab/plan.ts');
    const { lab, operations, warnings, exists } = planLab({ file, text, set }, { foreign });
    if (exitCode && operations.length > 0) process.exitCode = EXIT.differs;
    if (json) return printJson({ lab, exists, operations: operations.map(operationData), warnings });
    const warning = styleFor(STDERR).yellow('warning:');
    for (const message of warnings) say(`${warning} ${message}\n`);
    print(describePlan(lab, operations, styleFor(STDOUT)));
  });

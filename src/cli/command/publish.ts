import { UsageError } from '../../base/index.ts';
import { namespaceName, parseNamespaceName } from '../../state/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, NODE } from '../options.ts';
import { printJson, print, say, publishedInWords, STDERR, STDOUT, styleFor, table } from '../output/index.ts';
import { resolveNode } from '../resolve.ts';

interface Options {
  readonly json?: boolean;
  readonly remove?: boolean;
}

export const command = define({
  name: 'publish',
  purpose: 'Publish ports of a node on the host, or list published ports.',
  details:
    'PORT is [ADDRESS:]HOSTPORT:NODEPORT[/PROTOCOL]. The protocol is tcp, udp or sctp, default tcp; the default address is ' +
    'every address of the host; FROM-TO ranges have the same length on both sides. Ports added here are not in the file: ' +
    'the next `up` removes them.',
  examples: [
    ['netwright publish', 'list the ports of all labs'],
    ['netwright publish shop.web 8080:80', 'forward port 8080 of the host to port 80 of node web in lab shop'],
    ['netwright publish shop.dns 127.0.0.1:5353:53/udp', 'only for programs on the host'],
    ['netwright publish shop.web 8080:80 --remove', 'stop publishing it'],
  ],
  exits: [EXIT.failed, EXIT.lacking, EXIT.locked, EXIT.taken],
})
  .argument('[node]', NODE)
  .argument('[port...]', '[ADDRESS:]HOSTPORT:NODEPORT[/PROTOCOL]')
  .option('--remove', 'remove published ports')
  .addOption(jsonOption().default(undefined))
  .action(async (argument: string | undefined, ports: readonly string[], { json = false, remove = false }: Options) => {
    const { listPublished, publish, unpublish } = await import('../../lab/index.ts');
    const { missingAddressWarnings } = await import('../../publish/index.ts');
    const { savedTopology } = await import('../../store/index.ts');
    const { blockedPublications } = await import('../../topology/index.ts');
    const [lab, node] = argument === undefined ? [] : split(await resolveNode(argument));
    const warnings: string[] = [];
    if (ports.length > 0) {
      await (remove ? unpublish : publish)(lab!, node!, ports);
      const topology = savedTopology(lab!);
      if (!remove && topology !== undefined)
        warnings.push(...missingAddressWarnings(ports), ...blockedPublications(topology, node!, ports));
    } else if (remove) throw new UsageError('name the port to remove: netwright publish LAB.NODE 8080:80 --remove');
    const published = listPublished(lab).filter((port) => node === undefined || port.node === node);
    if (json) printJson({ published, warnings });
    else {
      const warning = styleFor(STDERR).yellow('warning:');
      for (const message of warnings) say(`${warning} ${message}\n`);
      const style = styleFor(STDOUT);
      const rows = published.map((port) => [
        style.bold(namespaceName(port)),
        port.publish,
        style.dim(publishedInWords(port.publish)),
      ]);
      print(rows.length === 0 ? `${style.dim('no published ports')}\n` : `${table(rows).join('\n')}\n`);
    }
  });

function split(namespace: string): [lab: string, node: string] {
  const { lab, node } = parseNamespaceName(namespace);
  if (node === undefined) throw new UsageError(`"${namespace}" is a lab; name a node: ${lab}.NODE`);
  return [lab, node];
}

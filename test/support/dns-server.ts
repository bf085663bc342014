import { once } from 'node:events';
import type { Node } from '../../src/library/index.ts';

/** Dnsmasq in a node, with the given options: a name server that Netwright has no part in. Resolves once it answers. */
export async function startDnsmasq(node: Node, options: readonly string[]): Promise<AsyncDisposable> {
  const server = node.spawn(
    'dnsmasq',
    [
      '--no-daemon',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--user=root',
      '--pid-file=',
      '--log-facility=-',
      ...options,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('started, version')) resolve();
    });
    server.once('error', reject).once('exit', () => reject(new Error(`dnsmasq has ended: ${said}`)));
  });
  return {
    async [Symbol.asyncDispose]() {
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    },
  };
}

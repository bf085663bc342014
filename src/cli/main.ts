import { parseInvocation } from './invocation.ts';
import { isLabNamespace } from '../netns/index.ts';
import { print } from './output/index.ts';
import { CONTINUE, LEAVE } from '../rootless/index.ts';

declare const __VERSION__: string;

/** Set by the build; undefined when the sources are run directly. */
const version = typeof __VERSION__ === 'undefined' ? 'unreleased' : __VERSION__;

/*
 * A short command spends most of its time on loading code. Frequent commands therefore take a fast path, whose code is
 * in a file of its own (`fast-path.ts`). All others load `program.ts`, which `compile-cache.ts` runs.
 */
async function main(argv: readonly string[]): Promise<void> {
  let args = argv;
  // Labs of a user who is not root are in that user's own user namespace: most commands run there.
  if (process.geteuid!() !== 0 || args[0] === CONTINUE || args[0] === LEAVE) {
    const { enterRootless } = await (await fastPath()).loadRootlessEntry();
    args = enterRootless(args);
  }
  const [command] = args;
  if (args.length === 1 && (command === '--version' || command === '-V')) {
    return print(`${version}\n`);
  }
  if (command === 'exec') {
    const invocation = parseInvocation(args.slice(1));
    if (invocation !== undefined && isLabNamespace(invocation.node)) {
      const { enterNode } = await (await fastPath()).loadEnter();
      return enterNode(invocation.node, invocation.command, invocation.args);
    }
  }
  const { run } = await import('./program.ts');
  process.exitCode = await run(args);
}

const fastPath = () => import('./fast-path.ts');

main(process.argv.slice(2)).catch(async (error: unknown) => {
  const { report } = await (await fastPath()).loadReport();
  const args = process.argv.slice(2);
  const json = args.includes('--json') && (await import('./program.ts')).printsJson(args);
  process.exitCode = report(error, { json });
});

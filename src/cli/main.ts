import { parseInvocation } from './invocation.ts';
import { isLabNamespace } from '../netns/index.ts';
import { print } from './output/index.ts';
import { CONTINUE, LEAVE } from '../rootless/index.ts';

declare const __VERSION__: string;

/** Set when the command line is built; its sources, run as they are, have no version. */
const version = typeof __VERSION__ === 'undefined' ? 'unreleased' : __VERSION__;

/*
 * Most of what a short command costs is loading code, and most of that is reading it. What is called all the time takes
 * a short way, and what it needs is a file of the build (`fast-path.ts`); another is what only others need (`program.ts`),
 * which `compile-cache.ts` runs.
 */
async function main(given: readonly string[]): Promise<void> {
  let args = given;
  // The labs of whoever is not root are in a world of their own: most commands are carried out there.
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

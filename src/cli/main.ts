import type { Invocation } from './invocation.ts';

declare const __VERSION__: string;

/** Set when the command line is built; its sources, run as they are, have no version. */
const version = typeof __VERSION__ === 'undefined' ? 'unreleased' : __VERSION__;

/*
 * Most of what a short command costs is loading code. What scripts call all the time takes the shortest way, before
 * anything is loaded that it does not need.
 */
async function main(args: readonly string[]): Promise<void> {
  const [command] = args;
  if (args.length === 1 && (command === '--version' || command === '-V')) {
    process.stdout.write(`${version}\n`);
    return;
  }
  if (command === 'exec') {
    const { parseInvocation } = await import('./invocation.ts');
    const invocation = parseInvocation(args.slice(1));
    if (invocation !== undefined) return enter(invocation);
  }
  if (command === '__complete') {
    const { complete } = await import('./completion/complete.ts');
    process.stdout.write((await complete(args.slice(1))).map((line) => `${line}\n`).join(''));
    return;
  }
  const { run } = await import('./program.ts');
  process.exitCode = await run(args);
}

async function enter({ node, command, args }: Invocation): Promise<void> {
  const { enterNode } = await import('./enter.ts');
  await enterNode(node, command, args);
}

// A reader that has seen enough, as `head` in a pipe, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

main(process.argv.slice(2)).catch(async (error: unknown) => {
  const { report } = await import('./report.ts');
  process.exitCode = report(error);
});

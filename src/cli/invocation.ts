/** A program to run in a node. */
export interface Invocation {
  readonly node: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Parses `NODE [--] COMMAND [ARGS…]`; returns undefined for anything else, such as a request for help. */
export function parseInvocation(args: readonly string[]): Invocation | undefined {
  const [node, ...rest] = args;
  const [command, ...more] = rest[0] === '--' ? rest.slice(1) : rest;
  if (node === undefined || node.startsWith('-') || command === undefined) return undefined;
  // An option instead of the program: commander reports it.
  if (command.startsWith('-') && rest[0] !== '--') return undefined;
  return { node, command, args: more };
}

/** A program to run in a node. */
export interface Invocation {
  readonly node: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Reads `NODE [--] COMMAND [ARGS…]`; undefined when it is anything else, such as a call for help. */
export function parseInvocation(args: readonly string[]): Invocation | undefined {
  const [node, ...rest] = args;
  const [command, ...more] = rest[0] === '--' ? rest.slice(1) : rest;
  if (node === undefined || node.startsWith('-') || command === undefined) return undefined;
  // An option of ours in the place of the program: whoever knows them must say what is wrong.
  if (command.startsWith('-') && rest[0] !== '--') return undefined;
  return { node, command, args: more };
}

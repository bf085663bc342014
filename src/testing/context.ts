/** The part of `node:test`'s TestContext that is used. */
export interface NodeTestContext {
  readonly name: string;
  readonly signal?: AbortSignal;
  /** Available in `after` since Node.js 20.12. */
  readonly passed?: boolean;
  readonly error?: unknown;
  after(fn: () => Promise<void>): void;
  diagnostic(message: string): void;
}

/** The part of vitest's TestContext that is used. */
export interface VitestContext {
  readonly task: {
    readonly name: string;
    readonly result?: { readonly state: string; readonly errors?: readonly unknown[] | undefined } | undefined;
  };
  readonly signal?: AbortSignal;
  onTestFinished(fn: () => Promise<void>): void;
}

/** The argument of a test function, in either runner. */
export type TestContext = NodeTestContext | VitestContext;

/** A running test, of either runner. */
export interface RunningTest {
  readonly name: string;
  /** Aborted when the test is cancelled or times out. */
  readonly signal: AbortSignal | undefined;
  /** Runs `fn` at the end of the test, whatever its result, and waits for it. */
  atEnd(fn: () => Promise<void>): void;
  /** Returns why the test has failed, or undefined if it has passed. To be called in `atEnd`. */
  failure(): unknown;
  /** Prints a message. */
  print(message: string): void;
}

export function runningTest(context: TestContext): RunningTest {
  if ('onTestFinished' in context) {
    const { task } = context;
    return {
      name: task.name,
      signal: context.signal,
      atEnd: (fn) => context.onTestFinished(fn),
      failure: () => (task.result?.state === 'fail' ? (task.result.errors?.[0] ?? 'the test has failed') : undefined),
      print: (message) => console.error(message),
    };
  }
  return {
    name: context.name,
    signal: context.signal,
    atEnd: (fn) => context.after(fn),
    failure: () => (context.passed === false ? causeOf(context.error) : undefined),
    // The runner can already have reported an aborted test.
    print: (message) => (context.signal?.aborted === true ? console.error(message) : context.diagnostic(message)),
  };
}

/** The error that the test threw, which the runner wraps. */
function causeOf(error: unknown): unknown {
  if (error instanceof Error && 'failureType' in error && error.cause instanceof Error) return error.cause;
  return error ?? 'the test has failed';
}

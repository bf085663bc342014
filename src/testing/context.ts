/** What of `node:test`'s TestContext is needed. */
export interface NodeTestContext {
  readonly name: string;
  readonly signal?: AbortSignal;
  /** Known when `after` is run, since Node.js 20.12. */
  readonly passed?: boolean;
  readonly error?: unknown;
  after(fn: () => Promise<void>): void;
  diagnostic(message: string): void;
}

/** What of vitest's TestContext is needed. */
export interface VitestContext {
  readonly task: {
    readonly name: string;
    readonly result?: { readonly state: string; readonly errors?: readonly unknown[] | undefined } | undefined;
  };
  readonly signal?: AbortSignal;
  onTestFinished(fn: () => Promise<void>): void;
}

/** What the function of a test is called with, of either runner. */
export type TestContext = NodeTestContext | VitestContext;

/** A test that is being run, whoever runs it. */
export interface RunningTest {
  readonly name: string;
  /** Raised when the test is given up. */
  readonly signal: AbortSignal | undefined;
  /** Runs `fn` when the test is over, whatever came of it, and waits for it. */
  atEnd(fn: () => Promise<void>): void;
  /** Why the test has failed, or undefined when it has passed; to be asked at its end. */
  failure(): unknown;
  say(message: string): void;
}

export function runningTest(context: TestContext): RunningTest {
  if ('onTestFinished' in context) {
    const { task } = context;
    return {
      name: task.name,
      signal: context.signal,
      atEnd: (fn) => context.onTestFinished(fn),
      failure: () => (task.result?.state === 'fail' ? (task.result.errors?.[0] ?? 'the test has failed') : undefined),
      say: (message) => console.error(message),
    };
  }
  return {
    name: context.name,
    signal: context.signal,
    atEnd: (fn) => context.after(fn),
    failure: () => (context.passed === false ? causeOf(context.error) : undefined),
    // A test that was given up may have been reported already.
    say: (message) => (context.signal?.aborted === true ? console.error(message) : context.diagnostic(message)),
  };
}

/** What was thrown: the runner wraps it. */
function causeOf(error: unknown): unknown {
  if (error instanceof Error && 'failureType' in error && error.cause instanceof Error) return error.cause;
  return error ?? 'the test has failed';
}

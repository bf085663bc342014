/** The name of a node's only service, if the topology gives it none. */
export const ONLY_SERVICE = 'main';

/** A long-running program in a namespace. */
export interface ServiceState {
  /** The program, searched in PATH, and its arguments. */
  readonly command: readonly string[];
  /** In addition to the environment of the process that starts it. */
  readonly env: Readonly<Record<string, string>>;
  /** An absolute path. */
  readonly cwd: string;
  /** The services that must be ready before it starts: `NODE/SERVICE`, sorted. */
  readonly after: readonly string[];
  /** The condition for readiness; when absent, it is ready as soon as it runs. */
  readonly ready?: Readiness;
  /** When it is restarted after it has exited. */
  readonly restart: RestartPolicy;
  readonly stop: StopState;
}

/** A service that runs, or has exited with status 0 where that is its condition for readiness. */
export interface ObservedService extends ServiceState {
  /** It runs, but is not known to be ready. */
  readonly pending?: true;
}

/** When a service is restarted after it has exited. */
export type RestartPolicy = 'never' | 'on-failure' | 'always';

/** How a service is stopped. */
export interface StopState {
  /** The signal that asks it to exit: `SIGTERM`. */
  readonly signal: string;
  /** The time from that signal to SIGKILL, in milliseconds. */
  readonly timeout: number;
}

/** The condition for the readiness of a service, and the time limit in milliseconds. */
export type Readiness = { readonly timeout: number } & (
  | { readonly kind: 'tcp'; readonly port: number }
  /** A GET returns a status below 400. */
  | { readonly kind: 'http'; readonly port: number; readonly path: string }
  /** Its output matches a regular expression. */
  | { readonly kind: 'log'; readonly pattern: string }
  /** A program exits with status 0 in the node. */
  | { readonly kind: 'command'; readonly command: readonly string[] }
  /** The service itself has exited with status 0. */
  | { readonly kind: 'exit' }
);

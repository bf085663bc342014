/** What the service of a node is called that has one without a name. */
export const ONLY_SERVICE = 'main';

/** A program that is kept in a namespace. */
export interface ServiceState {
  /** The program, looked for in PATH, and its arguments. */
  readonly command: readonly string[];
  /** Besides the environment of whoever starts it. */
  readonly env: Readonly<Record<string, string>>;
  /** An absolute path. */
  readonly cwd: string;
  /** The services that must be ready before it starts, each as `NODE/SERVICE`, sorted. */
  readonly after: readonly string[];
  /** What it is ready by; absent for one that is as soon as it runs. */
  readonly ready?: Readiness;
  /** When it is started again after it has ended. */
  readonly restart: RestartPolicy;
  readonly stop: StopState;
}

/** A program that runs in a namespace, or has run to the end that it is ready by. */
export interface ObservedService extends ServiceState {
  /** It runs, and is not known to be ready. */
  readonly pending?: true;
}

export type RestartPolicy = 'never' | 'on-failure' | 'always';

export interface StopState {
  /** What asks it to end: `SIGTERM`. */
  readonly signal: string;
  /** Milliseconds from then until SIGKILL. */
  readonly timeout: number;
}

/** What shows that a service is ready, and how long that may take, in milliseconds. */
export type Readiness = { readonly timeout: number } & (
  | { readonly kind: 'tcp'; readonly port: number }
  /** A GET that is answered with a status below 400. */
  | { readonly kind: 'http'; readonly port: number; readonly path: string }
  /** A regular expression that what it prints matches. */
  | { readonly kind: 'log'; readonly pattern: string }
  /** A program that ends with status 0 in the node. */
  | { readonly kind: 'command'; readonly command: readonly string[] }
  /** It has itself ended with status 0. */
  | { readonly kind: 'exit' }
);

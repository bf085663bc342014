/** The exit statuses of the command line. */
export const EXIT = {
  ok: 0,
  failed: 1,
  differs: 2,
  topology: 3,
  lacking: 4,
  locked: 5,
  taken: 6,
  /** EX_USAGE of sysexits.h. */
  usage: 64,
  notExecutable: 126,
  notFound: 127,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** Their meanings, for the help. `exec` and `shell` exit with the status of the program. */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, 'success, or nothing to do'],
  [EXIT.failed, 'a check or an operation failed, or there is no such lab or node'],
  [EXIT.differs, '`plan --exit-code`: the lab differs from the file'],
  [EXIT.topology, 'the topology file is invalid or cannot be read'],
  [EXIT.lacking, 'permission denied, or the kernel lacks a feature (see `netwright doctor`)'],
  [EXIT.locked, 'another process is changing the lab'],
  [EXIT.taken, 'a name or port that the lab needs is in use, or the lab is up in another mount namespace'],
  [EXIT.usage, 'invalid or incomplete arguments'],
  [EXIT.interrupted, 'interrupted'],
];

const BY_ERROR_CODE: Readonly<Record<string, number>> = {
  ERR_USAGE: EXIT.usage,
  ERR_TOPOLOGY: EXIT.topology,
  ERR_TOPOLOGY_FILE: EXIT.topology,
  ERR_CAPABILITY: EXIT.lacking,
  EPERM: EXIT.lacking,
  EACCES: EXIT.lacking,
  ERR_LOCKED: EXIT.locked,
  ERR_OTHER_MOUNT_NAMESPACE: EXIT.taken,
  ERR_NAME_TAKEN: EXIT.taken,
  ERR_PORT_TAKEN: EXIT.taken,
};

/** The exit status for an error: its own, or that of the first of its causes that has one. */
export function exitCodeOf(error: unknown): number {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { exitCode, code } = cause as { exitCode?: unknown; code?: unknown };
    if (typeof exitCode === 'number') return exitCode;
    if (typeof code === 'string' && Object.hasOwn(BY_ERROR_CODE, code)) return BY_ERROR_CODE[code]!;
    if (cause instanceof AggregateError) {
      const codes = cause.errors.map(exitCodeOf);
      return codes.every((other) => other === codes[0]) ? (codes[0] ?? EXIT.failed) : EXIT.failed;
    }
  }
  return EXIT.failed;
}

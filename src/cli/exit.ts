/** What the command line ends with. */
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

/** Each in words, for the help. Programs that `exec` and `shell` start end with whatever they end with. */
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

/** The exit code for an error: of itself, or of what it was caused by. */
export function exitCodeOf(error: unknown): number {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { exitCode, code } = at as { exitCode?: unknown; code?: unknown };
    if (typeof exitCode === 'number') return exitCode;
    if (typeof code === 'string' && Object.hasOwn(BY_ERROR_CODE, code)) return BY_ERROR_CODE[code]!;
    if (at instanceof AggregateError) {
      const codes = at.errors.map(exitCodeOf);
      return codes.every((each) => each === codes[0]) ? (codes[0] ?? EXIT.failed) : EXIT.failed;
    }
  }
  return EXIT.failed;
}

import { readFileSync } from 'node:fs';
import { makeOwnFolder, PUBLIC_MODE, replaceOwn } from '../../base/index.ts';
import type { LabMounts } from '../../netns/index.ts';

/**
 * Writes down its own process id in a folder, and becomes a program, with a umask: FOLDER UMASK COMMAND [ARGUMENT...]. What
 * it writes itself is not the user's, and nobody else may change it.
 */
export const BECOME_PROGRAM = 'umask 022; echo $$ >"$0/program"; umask "$1"; shift; exec "$@"';

/**
 * What starts the program of a service that is watched over, and starts it again as its policy says. A shell that waits
 * takes some hundred kilobytes where a Node process takes forty megabytes, and is the program's parent, which alone
 * learns its exit status. The text is fixed: what comes from a topology comes as words.
 *
 * - Signals wait until the program has ended (POSIX, 2.11): told to end together with its program, it starts nothing
 *   again, whoever of the two hears it first.
 * - Its tools are looked for where they are, not where the service's PATH leads.
 * - When the lab's folder is gone, so is the lab.
 */
const SUPERVISE = `# Runs a service, and runs it again when it ends: supervise POLICY FOLDER UMASK COMMAND [ARGUMENT...]
policy=$1 folder=$2
umask 022
shift 2
trap 'exit 0' TERM HUP INT
tool() { PATH="/usr/sbin:/usr/bin:/sbin:/bin:$PATH" "$@"; }
echo $$ >"$folder/supervisor"
pause=100
while [ -d "$folder" ]; do
  began=$(tool date +%s)
  /bin/sh -c '${BECOME_PROGRAM}' "$folder" "$@"
  status=$?
  tool rm -f "$folder/ready" "$folder/program"
  ended=$(tool date +%s)
  echo "$status $ended" >"$folder/ended"
  if [ "$status" -eq 0 ]; then
    if [ "$policy" != always ]; then
      : >"$folder/done"
      exit 0
    fi
  elif [ "$policy" = never ]; then
    exit "$status"
  fi
  if [ $((ended - began)) -ge 10 ]; then pause=100; fi
  echo "netwright: ended with status $status, restarting in $pause ms"
  tool sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))" || exit 1
  pause=$((pause * 2))
  if [ "$pause" -gt 10000 ]; then pause=10000; fi
  if [ "$(tool wc -c <"$folder/log")" -gt 4194304 ]; then
    if [ -e "$folder/log.1" ]; then tool mv "$folder/log.1" "$folder/log.2"; fi
    tool cp "$folder/log" "$folder/log.1" && : >"$folder/log"
  fi
done
`;

/** What a line of the log begins with that the supervisor wrote. */
export const SUPERVISOR_MARK = 'netwright: ended with status ';

/** Puts the supervisor into a lab's folder. @returns the path of the script */
export function installSupervisor(labMounts: LabMounts): string {
  const folder = `${labMounts.root}/bin`;
  const path = `${folder}/supervise`;
  makeOwnFolder(folder);
  if (isSame(path)) return path;
  // One that runs reads on in its own file.
  replaceOwn(path, SUPERVISE, PUBLIC_MODE);
  return path;
}

function isSame(path: string): boolean {
  try {
    return readFileSync(path, 'utf8') === SUPERVISE;
  } catch {
    return false;
  }
}

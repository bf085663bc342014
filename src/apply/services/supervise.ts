import { readFileSync } from 'node:fs';
import { makeOwnFolder, PUBLIC_MODE, replaceOwn } from '../../base/index.ts';
import type { LabMounts } from '../../netns/index.ts';

/**
 * A shell script that writes its process id to a folder, sets the umask, and executes a program: FOLDER UMASK COMMAND
 * [ARGUMENT...]. It writes its own file with umask 022, so that no other user can change it.
 */
export const BECOME_PROGRAM = 'umask 022; echo $$ >"$0/program"; umask "$1"; shift; exec "$@"';

/**
 * The supervisor script: starts the program of a service, and restarts it according to its restart policy. A waiting
 * shell takes some hundred kilobytes, a Node process forty megabytes. As the program's parent, the shell gets its exit
 * status. The text is constant: values from a topology are passed as arguments.
 *
 * - The shell runs a trap only after the program has exited (POSIX, 2.11). If both receive a signal to end, the
 *   supervisor does not restart the program, whichever receives it first.
 * - It searches its own tools in the system directories first, not in the service's PATH.
 * - It exits when the service's folder is gone, since the lab is gone, too.
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

/** The start of the log lines that the supervisor writes. */
export const SUPERVISOR_MARK = 'netwright: ended with status ';

/** Writes the supervisor script to a lab's folder. @returns its path */
export function installSupervisor(labMounts: LabMounts): string {
  const folder = `${labMounts.root}/bin`;
  const path = `${folder}/supervise`;
  makeOwnFolder(folder);
  if (isSame(path)) return path;
  // A new file in place of the old one: running supervisors continue to read the old inode.
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

import { CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUTS, libc, SIGPIPE, SIGXFSZ } from '../ffi/index.ts';
import { originalBytes, ownDirectory } from '../proc/index.ts';
import { keepInheritedDescriptors, restoreDescriptorLimit } from './inherited.ts';
import { arrangeMounts } from './mounts.ts';
import { openNamespace } from './namespace.ts';
import { hostNameOf } from './paths.ts';

/**
 * Executes a program in a named network namespace, in place of this process (execve(2)). Returns only by throwing.
 * @throws SyscallError ENOENT if there is no such program or namespace
 */
export function becomeIn(
  namespace: string,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): never {
  const directory = ownDirectory();
  const fd = openNamespace(namespace);
  libc.setns(fd, CLONE_NEWNET);
  libc.close(fd);
  libc.unshare(CLONE_NEWNS | CLONE_NEWUTS);
  libc.sethostname(hostNameOf(namespace));
  arrangeMounts(namespace);
  try {
    // Enter it again: a directory in /sys belongs to the new /sys now.
    libc.chdir(directory);
  } catch {
    // It has been removed, and this process is still in it.
  }
  return become(command, args, environment);
}

/**
 * Executes a program in place of this process, in the same namespaces and with the same standard streams. The program
 * is found in PATH. Returns only by throwing.
 * @throws SyscallError ENOENT if there is no such program
 */
export function become(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): never {
  const env = Object.entries(environment).map(([key, value]) => `${key}=${value ?? ''}`);
  // Node ignores these signals, and ignored signals stay ignored across execve.
  for (const signal of [SIGPIPE, SIGXFSZ]) libc.defaultSignal(signal);
  keepInheritedDescriptors(environment);
  restoreDescriptorLimit();
  const words = originalBytes([command, ...args], 'cmdline');
  return libc.execvpe(words[0]!, words, originalBytes(env, 'environ'));
}

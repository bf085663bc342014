import { CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUTS, libc, SIGPIPE, SIGXFSZ } from '../ffi/index.ts';
import { originalBytes, ownDirectory } from '../proc/index.ts';
import { keepInheritedDescriptors, restoreDescriptorLimit } from './inherited.ts';
import { arrangeMounts } from './mounts.ts';
import { openNamespace } from './namespace.ts';
import { hostNameOf } from './paths.ts';

/**
 * Becomes a program in a named namespace: this process ends as it. Returns only by throwing.
 * @throws SyscallError ENOENT when there is no such program
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
    // A folder of /sys is now one of the node's.
    libc.chdir(directory);
  } catch {
    // It has been removed, and this process is still in it.
  }
  return become(command, args, environment);
}

/**
 * Becomes a program where this process is: found in PATH, with this one's standard streams. Returns only by throwing.
 * @throws SyscallError ENOENT when there is no such program
 */
export function become(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): never {
  const env = Object.entries(environment).map(([key, value]) => `${key}=${value ?? ''}`);
  // Node ignores these.
  for (const signal of [SIGPIPE, SIGXFSZ]) libc.defaultSignal(signal);
  keepInheritedDescriptors(environment);
  restoreDescriptorLimit();
  const words = originalBytes([command, ...args], 'cmdline');
  return libc.execvpe(words[0]!, words, originalBytes(env, 'environ'));
}

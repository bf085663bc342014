import { existsSync } from 'node:fs';
import { CapabilityError, NetwrightError } from '../base/index.ts';
import { upInOtherMountsError } from '../store/index.ts';
import { parseNamespaceName } from '../state/index.ts';
import { becomeIn, OtherMountNamespaces, isLabNamespace } from '../netns/index.ts';
import { ExitError } from './error.ts';
import { EXIT } from './exit.ts';
import { missingNode } from './missing-node.ts';

/**
 * Replaces this process with a program in a node (execve(2)): the program keeps its standard streams, terminal and
 * environment. Does not return, except by an exception.
 * @throws CapabilityError, ExitError
 */
export function enterNode(
  namespace: string,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): never {
  try {
    return becomeIn(namespace, command, args, environment);
  } catch (error) {
    throw explained(error, namespace, command);
  }
}

function explained(error: unknown, namespace: string, command: string): unknown {
  if (!(error instanceof NetwrightError)) return error;
  const { code, syscall } = error as { code?: string; syscall?: string };
  const cause = { cause: error };
  if (syscall === 'execve') return cannotRun(error, command);
  if (syscall === 'open' && code === 'ENOENT') return explainedAbsence(error, namespace);
  if (code === 'EPERM' || code === 'EACCES') {
    return new CapabilityError(`entering ${namespace} needs root (CAP_SYS_ADMIN)`, 'run it with sudo', cause);
  }
  return error;
}

/** The error for a namespace that cannot be opened by its name. */
function explainedAbsence(error: NetwrightError, namespace: string): NetwrightError {
  const { lab } = parseNamespaceName(namespace);
  const otherMounts = new OtherMountNamespaces().find(lab);
  if (otherMounts !== undefined) return upInOtherMountsError(lab, otherMounts);
  // The symbolic link exists, and its target does not.
  return isLabNamespace(namespace) ? missingNode(namespace, { cause: error }) : error;
}

/** The error for a program that could not be started. */
export function cannotRun(error: NetwrightError, command: string): ExitError {
  const cause = { cause: error };
  if (error.code === 'ENOENT' && command.includes('/') && existsSync(command)) {
    const message = `"${command}" cannot be run: its interpreter does not exist`;
    return new ExitError(message, 'ERR_COMMAND_NOT_FOUND', EXIT.notFound, cause);
  }
  if (error.code === 'ENOENT') {
    return new ExitError(`there is no program "${command}"`, 'ERR_COMMAND_NOT_FOUND', EXIT.notFound, cause);
  }
  const reason =
    error.code === 'EACCES' ? 'it is not executable, or permission to its folder is denied' : error.message;
  return new ExitError(`"${command}" cannot be run: ${reason}`, 'ERR_NOT_EXECUTABLE', EXIT.notExecutable, cause);
}

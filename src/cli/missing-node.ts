import { upInOtherMountsError, NotFoundError, type OtherMountNamespaceError, savedFile } from '../store/index.ts';
import { OtherMountNamespaces, unmountedFolders } from '../netns/index.ts';
import { parseNamespaceName } from '../state/index.ts';

/** The error for a node without a namespace: the namespace is gone, or the lab is up in another mount namespace. */
export function missingNode(namespace: string, options?: ErrorOptions): NotFoundError | OtherMountNamespaceError {
  const { lab } = parseNamespaceName(namespace);
  const otherMounts = unmountedFolders().includes(lab) ? new OtherMountNamespaces().find(lab) : undefined;
  if (otherMounts !== undefined) return upInOtherMountsError(lab, otherMounts);
  const advice = `\`netwright up ${savedFile(lab) ?? 'FILE'}\` creates it again`;
  return new NotFoundError(`the namespace of "${namespace}" does not exist any more; ${advice}`, options);
}

import { upInOtherMounts, NotFoundError, type OtherMountNamespaceError, savedFile } from '../store/index.ts';
import { OtherMountNamespaces, unmountedFolders } from '../netns/index.ts';
import { parseNamespaceName } from '../state/index.ts';

/** Why a node that a lab should have is not to be had: its namespace is no more, or the lab is up in another mount namespace. */
export function missingNode(namespace: string, options?: ErrorOptions): NotFoundError | OtherMountNamespaceError {
  const { lab } = parseNamespaceName(namespace);
  const elsewhere = unmountedFolders().includes(lab) ? new OtherMountNamespaces().find(lab) : undefined;
  if (elsewhere !== undefined) return upInOtherMounts(lab, elsewhere);
  const advice = `\`netwright up ${savedFile(lab) ?? 'FILE'}\` creates it again`;
  return new NotFoundError(`the namespace of "${namespace}" does not exist any more; ${advice}`, options);
}

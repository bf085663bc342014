import { upElsewhere, NotFoundError, type ElsewhereError } from '../store/error.ts';
import { OtherMounts } from '../netns/elsewhere.ts';
import { unmountedFolders } from '../netns/labs.ts';
import { parseNamespaceName } from '../state/index.ts';
import { savedFile } from '../store/names.ts';

/** Why a node that a lab should have is not to be had: its namespace is no more, or the lab is up in another mount namespace. */
export function goneNode(namespace: string, options?: ErrorOptions): NotFoundError | ElsewhereError {
  const { lab } = parseNamespaceName(namespace);
  const elsewhere = unmountedFolders().includes(lab) ? new OtherMounts().find(lab) : undefined;
  if (elsewhere !== undefined) return upElsewhere(lab, elsewhere);
  const advice = `\`netwright up ${savedFile(lab) ?? 'FILE'}\` creates it again`;
  return new NotFoundError(`the namespace of "${namespace}" does not exist any more; ${advice}`, options);
}

import { upElsewhere, NotFoundError, type ElsewhereError } from '../store/error.ts';
import { OtherMounts, unmountedFolders } from '../netns/elsewhere.ts';
import { fileOf } from './names.ts';

/** Why a node that a lab should have is not to be had: its namespace is no more, or the lab is up in another mount namespace. */
export function goneNode(namespace: string, options?: ErrorOptions): NotFoundError | ElsewhereError {
  const lab = namespace.split('.', 1)[0]!;
  const elsewhere = unmountedFolders().includes(lab) ? new OtherMounts().find(lab) : undefined;
  if (elsewhere !== undefined) return upElsewhere(lab, elsewhere);
  const advice = `\`netwright up ${fileOf(lab) ?? 'FILE'}\` creates it again`;
  return new NotFoundError(`the namespace of "${namespace}" does not exist any more; ${advice}`, options);
}

import { FormatError } from './format-error.ts';

/** The maximum length of a host name, without the final dot (RFC 1035, 2.3.4). */
export const HOST_NAME_MAX = 253;
/** A label of at most 63 characters (RFC 1035, 2.3.4). */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** @throws FormatError unless the name is valid in a hosts file (RFC 1123, 2.1; underscores are allowed, as in DNS) */
export function checkHostName(name: string): void {
  const labels = name.split('.');
  if (name.length > HOST_NAME_MAX)
    throw new FormatError(`a host name has at most ${HOST_NAME_MAX} characters, not ${name.length}`);
  if (!labels.every((label) => LABEL.test(label)))
    throw new FormatError(
      `${JSON.stringify(name)} is no host name: use letters, digits and "-", in parts of at most 63 with dots between`,
    );
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/i.test(labels.at(-1)!))
    throw new FormatError(`"${name}" ends in a number: it is read as an address, and not as a name`);
}

import { readFileSync, readlinkSync } from 'node:fs';

/** The character with which Node replaces invalid UTF-8. */
const REPLACED = '\ufffd';

/**
 * Returns words that this process got as arguments or environment, as bytes if they are not UTF-8: Node has decoded
 * them, and a program that is executed in place of this process must get the original bytes.
 * @param file where the kernel keeps the words, each with a null byte at its end: /proc/self/cmdline or
 *   /proc/self/environ (proc(5))
 */
export const originalBytes = (words: readonly string[], file: 'cmdline' | 'environ'): (string | Buffer)[] =>
  words.some((word) => word.includes(REPLACED)) ? restored(words, readFileSync(`/proc/self/${file}`)) : [...words];

/** As {@link originalBytes}, given the contents of the file. */
export function restored(words: readonly string[], kept: Buffer): (string | Buffer)[] {
  const originals = new Map<string, Buffer[]>();
  for (const bytes of splitAtNulls(kept)) {
    const text = bytes.toString();
    if (text.includes(REPLACED)) originals.set(text, [...(originals.get(text) ?? []), bytes]);
  }
  // Words that are equal after decoding are matched in order.
  return words.map((word) => originals.get(word)?.shift() ?? word);
}

/** The working directory of this process, in bytes. @throws ErrnoException */
export const ownDirectory = (): Buffer => readlinkSync('/proc/self/cwd', 'buffer');

function splitAtNulls(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0, to; (to = bytes.indexOf(0, from)) >= 0; from = to + 1) parts.push(bytes.subarray(from, to));
  return parts;
}

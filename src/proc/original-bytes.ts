import { readFileSync, readlinkSync } from 'node:fs';

/** What Node puts in the place of bytes that are no UTF-8. */
const REPLACED = '\ufffd';

/**
 * Words that this process was given, as bytes where they are no UTF-8: Node has decoded them, and a program that is to find
 * what this one found must be given the bytes.
 * @param file where the kernel keeps them, each ended by a null: /proc/self/cmdline or /proc/self/environ (proc(5))
 */
export const originalBytes = (words: readonly string[], file: 'cmdline' | 'environ'): (string | Buffer)[] =>
  words.some((word) => word.includes(REPLACED)) ? restored(words, readFileSync(`/proc/self/${file}`)) : [...words];

/** The same, by what the kernel keeps. */
export function restored(words: readonly string[], kept: Buffer): (string | Buffer)[] {
  const originals = new Map<string, Buffer[]>();
  for (const bytes of splitAtNulls(kept)) {
    const text = bytes.toString();
    if (text.includes(REPLACED)) originals.set(text, [...(originals.get(text) ?? []), bytes]);
  }
  // Of several that are the same to Node the first is the first.
  return words.map((word) => originals.get(word)?.shift() ?? word);
}

/** The folder that this process is in, whatever bytes are in its name. @throws ErrnoException */
export const ownDirectory = (): Buffer => readlinkSync('/proc/self/cwd', 'buffer');

function splitAtNulls(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0, to; (to = bytes.indexOf(0, from)) >= 0; from = to + 1) parts.push(bytes.subarray(from, to));
  return parts;
}

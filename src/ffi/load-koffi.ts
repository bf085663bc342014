import { existsSync, statSync } from 'node:fs';
import type koffi from 'koffi';

/** By Node's name of an architecture, that in the name of musl's loader. */
const MUSL: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/**
 * koffi for the command line, whose build puts this in its place: the native part alone, where it is known which that is.
 * What koffi wraps around it is for other systems and for names that it had once, and finding out which part to load takes
 * three times as long as loading it.
 */
export function loadKoffi(): typeof koffi {
  // Node does not follow a link to a package when the last file that was asked about was a pipe (standard output, say), and
  // koffi does not find its native part then: findings/node-realpath-after-pipe.sh.
  statSync('/');
  const { arch } = process;
  const musl = MUSL[arch];
  // Where there is musl, whose programs have another part, koffi is to find out.
  if (musl !== undefined && !existsSync(`/lib/ld-musl-${musl}.so.1`)) {
    try {
      const native = require(`@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`) as typeof koffi;
      if (native.version.startsWith('3.')) return native;
    } catch {
      // It is somewhere else.
    }
  }
  return require('koffi') as typeof koffi;
}

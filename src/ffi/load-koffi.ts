import { existsSync, statSync } from 'node:fs';
import type koffi from 'koffi';

/** Node's name of an architecture → the one in the file name of musl's dynamic linker. */
const MUSL: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/**
 * Loads koffi for the command line; the build replaces `import koffi` with it. It loads the native addon without koffi's
 * JavaScript, where it knows which addon is right: that JavaScript serves other systems and deprecated names, and its
 * search for the addon takes three times as long as loading it.
 */
export function loadKoffi(): typeof koffi {
  // After a stat of a pipe (such as standard output) Node does not resolve a symbolic link to a package, and koffi does
  // not find its addon. A stat of another file avoids that: findings/node-realpath-after-pipe.sh.
  statSync('/');
  const { arch } = process;
  const musl = MUSL[arch];
  // musl needs another addon: there koffi itself chooses.
  if (musl !== undefined && !existsSync(`/lib/ld-musl-${musl}.so.1`)) {
    try {
      const native = require(`@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`) as typeof koffi;
      if (native.version.startsWith('3.')) return native;
    } catch {
      // The addon is installed somewhere else: koffi searches for it.
    }
  }
  return require('koffi') as typeof koffi;
}

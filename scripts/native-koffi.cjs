/*
 * koffi in the command line: its native part alone, where it is known which that is. What koffi wraps around it is for
 * other systems and for names that it had once, and finding out which part to load takes three times as long as loading it.
 */
const { existsSync } = require('node:fs');

/** By Node's name of an architecture, that in the name of musl's loader: beside it, koffi is asked. */
const MUSL = { x64: 'x86_64', arm64: 'aarch64' };

function load() {
  const { arch } = process;
  if (arch in MUSL && !existsSync(`/lib/ld-musl-${MUSL[arch]}.so.1`)) {
    try {
      const native = require(`@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`);
      if (native.version.startsWith('3.')) return native;
    } catch {
      // It is somewhere else.
    }
  }
  return require('koffi');
}

module.exports = load();

import { existsSync } from 'node:fs';
import { kernelRelease, readText } from '../proc/index.ts';

/** The state of a kernel module: part of the kernel, loaded, on disk, or not found. */
export type ModuleState = 'builtin' | 'loaded' | 'loadable' | 'absent';

export function moduleState(name: string): ModuleState {
  const folder = `/lib/modules/${kernelRelease()}`;
  // File names can have dashes in place of the underscores of module names.
  const file = new RegExp(`/${name.replace(/[_-]/g, '[_-]')}\\.ko`, 'm');
  if (file.test(readText(`${folder}/modules.builtin`) ?? '')) return 'builtin';
  if (existsSync(`/sys/module/${name.replaceAll('-', '_')}`)) return 'loaded';
  return file.test(readText(`${folder}/modules.dep`) ?? '') ? 'loadable' : 'absent';
}

/** How to get a module that a test showed to be missing. */
export function moduleFix(name: string): string {
  if (moduleState(name) === 'loadable') return `modprobe ${name}`;
  const folder = `/lib/modules/${kernelRelease()}`;
  if (!existsSync(folder)) {
    return `${folder} has no modules for this kernel: in a container, run "modprobe ${name}" on the host; otherwise boot a kernel that has ${name}`;
  }
  return (
    `install the kernel's extra modules (Ubuntu: apt-get install linux-modules-extra-${kernelRelease()}; ` +
    `Debian: linux-image-amd64 instead of linux-image-cloud-amd64; Fedora: kernel-modules-extra), then: modprobe ${name}`
  );
}

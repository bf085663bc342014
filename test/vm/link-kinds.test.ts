// Every kind of link, on a kernel that has them all.
import { execFileSync } from 'node:child_process';
import { proveKinds } from '../support/link-kinds.ts';

// What udev does where there is one: the device comes with the module.
execFileSync('modprobe', ['tun']);
proveKinds();

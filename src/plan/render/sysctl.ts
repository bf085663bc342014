import type { NamespaceName } from '../../state/index.ts';
import type { SetSysctl } from '../operation.ts';
import { inside, quote } from './shell.ts';

export const setSysctl = ({ namespace, key, value }: SetSysctl): string[] => writeSettings(namespace, [[key, value]]);

/** Names that sysctl(8) reads as they are: it splits at the first `=`, and takes `*` for a pattern. */
const SIMPLE = /^[A-Za-z0-9_@+./-]+$/;

/** Settings and their values, in one command where sysctl(8) can name them all. */
export function writeSettings(
  namespace: NamespaceName,
  settings: readonly (readonly [key: string, value: string])[],
): string[] {
  if (settings.every(([key]) => SIMPLE.test(key)))
    return [inside(namespace, 'sysctl', '-qw', ...settings.map(([key, value]) => `${key}=${value}`))];
  return settings.map(
    ([key, value]) => `printf '%s\\n' ${quote(value)} | ${inside(namespace, 'tee', pathOf(key))} > /dev/null`,
  );
}

/** A setting of one interface: a dot in its name is written as a slash. */
export const interfaceSetting = (device: string, name: string): string =>
  `net.ipv4.conf.${device.replaceAll('.', '/')}.${name}`;

const pathOf = (key: string): string => `/proc/sys/${key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'))}`;

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './command.ts';

/**
 * Installs the package in a folder, as `npm pack` packs it and npm would unpack it: nothing of the repository but that is
 * there. What it depends on is what the repository has installed. dist/ must have been built.
 */
export function installPackage(folder: string): void {
  const root = process.cwd();
  const modules = join(folder, 'node_modules');
  const place = join(modules, 'netwright');
  mkdirSync(place, { recursive: true });
  // Its scripts would build dist/ anew, under the tests that run beside this one.
  const packed = run('npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder).trim();
  run('tar', '-xzf', join(folder, packed), '-C', place, '--strip-components=1');
  rmSync(join(folder, packed));
  const { dependencies, bin } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Package;
  for (const name of Object.keys(dependencies)) link(join(root, 'node_modules', name), join(modules, name));
  for (const [name, path] of Object.entries(bin)) link(join(place, path), join(modules, '.bin', name));
  assert.ok(Object.keys(bin).length > 0);
}

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { longForm } from './long-form.ts';
import { PRESET_NAMES, PRESETS } from './policy.ts';

const yes = (value: boolean): string => (value ? 'yes' : 'no');

test('the documentation of the presets has the keys and values of topology files', () => {
  const rows = readFileSync('docs/nat.md', 'utf8').matchAll(/^\| `([a-z-]+)`[^|]*\|(.*)\|$/gm);
  const documented = [...rows].flatMap(([, name, cells]) =>
    PRESET_NAMES.some((preset) => preset === name) ? [[name!, cells!.split('|').map((cell) => cell.trim())]] : [],
  );
  assert.deepEqual(
    documented,
    PRESET_NAMES.map((name) => {
      const { mapping, filtering, hairpin, ...rest } = longForm(PRESETS[name]);
      const ports = yes(rest['port-preserving']);
      return [name, [mapping, filtering, yes(hairpin), ports, rest['udp-timeout'], rest['tcp-timeout']]];
    }),
  );
});

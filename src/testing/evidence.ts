import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { printable } from '../base/printable.ts';
import type { Capture } from '../capture/index.ts';
import { describeLab } from '../cli/output/show.ts';
import { PLAIN } from '../cli/output/style.ts';
import type { Lab } from '../lab/index.ts';

export interface EvidenceOptions {
  /** Where the folder is made. */
  readonly folder: string;
  readonly test: string;
  readonly failure: unknown;
  readonly capture: Capture | undefined;
}

/** Writes down what a lab is like at the end of a test that has failed. @returns the folder that holds it */
export function writeEvidence(lab: Lab, { folder, test, failure, capture }: EvidenceOptions): string {
  const target = resolve(folder, `${fileName(test)}-${lab.name}`);
  mkdirSync(target, { recursive: true, mode: 0o755 });
  const packets =
    capture === undefined
      ? 'not captured'
      : `${capture.packets} in capture.pcapng, ${capture.lost} lost; open it with Wireshark, tshark or tcpdump -r`;
  const state = printable(describeLab(lab.show(), PLAIN));
  writeFileSync(
    join(target, 'state.txt'),
    `Test:    ${test}\nLab:     ${lab.name}\nTime:    ${new Date().toISOString()}\nPackets: ${packets}\n\n${told(failure)}\n\n${state.trimEnd()}\n`,
    NOT_FOR_OTHERS,
  );
  if (capture !== undefined) writeFileSync(join(target, 'capture.pcapng'), capture.toPcapng(), NOT_FOR_OTHERS);
  return target;
}

/** The user's files: the umask may say that nobody else reads them, and not that others write to them. */
const NOT_FOR_OTHERS = { mode: 0o644 };

/** The name of a test as part of a file's. */
const fileName = (test: string): string =>
  test
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60) || 'test';

/** An error with its stack; vitest's are objects that have one. */
const told = (failure: unknown): string =>
  typeof failure === 'object' && failure !== null && 'stack' in failure && typeof failure.stack === 'string'
    ? failure.stack
    : inspect(failure);

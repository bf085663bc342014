import { LAB_NAME_MAX } from '../format/index.ts';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { PUBLIC_MODE } from '../base/index.ts';
import { labNames, RUN_DIRECTORY } from '../netns/index.ts';
import { Lease, type LabOwner } from './lease.ts';

/*
 * The labs of a process that runs tests have names that end in the run's id and a number. Another lab can have such a
 * name, too: it is not touched unless the file of the run's lease exists.
 */

const ID_LENGTH = 8;
const LAB = new RegExp(`-([0-9a-z]{${ID_LENGTH}})-[0-9]+$`);
const LEASE = new RegExp(`^test\\.([0-9a-z]{${ID_LENGTH}})\\.lock$`);

/** A new random id for a test run. */
export const testRunId = (): string => Array.from({ length: ID_LENGTH }, () => randomInt(36).toString(36)).join('');

/** The name of a lab of a test run: `beginning`, shortened to fit, the run's id and a number. */
export function testLabName(beginning: string, id: string, number: number): string {
  const suffix = `-${id}-${number}`;
  return `${beginning.slice(0, LAB_NAME_MAX - suffix.length)}${suffix}`;
}

const fileOf = (id: string): string => `${RUN_DIRECTORY}/test.${id}.lock`;

/** Takes the lease of a test run. @throws as {@link Lease.take} */
export const leaseTestRun = (id: string): Lease => Lease.take(fileOf(id), PUBLIC_MODE);

/** A process that runs tests: all its labs have one lease. */
export const TEST_RUN: LabOwner = {
  purpose: 'the test run that created it',
  labs: labNames,
  leases: () =>
    (existsSync(RUN_DIRECTORY) ? readdirSync(RUN_DIRECTORY) : []).flatMap((file) => {
      const id = LEASE.exec(file)?.[1];
      return id === undefined ? [] : [fileOf(id)];
    }),
  leaseOf(lab) {
    const id = LAB.exec(lab)?.[1];
    return id === undefined ? undefined : fileOf(id);
  },
  isOwn: () => true,
  isAbandonedWithout: () => false,
};

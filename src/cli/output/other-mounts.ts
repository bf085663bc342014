import { type LabInOtherMounts, otherMountsText } from '../../store/index.ts';
import { say } from './print.ts';

/** Prints which labs are up in other mount namespaces, and were not changed. */
export function reportOtherMounts(labs: readonly LabInOtherMounts[]): void {
  for (const { lab, ...mounts } of labs) say(`${lab} is ${otherMountsText(mounts)}\n`);
}

import { type LabInOtherMounts, otherMountsText } from '../../store/index.ts';
import { say } from './print.ts';

/** Says which labs are up in other mount namespaces, and were left alone. */
export function reportOtherMounts(labs: readonly LabInOtherMounts[]): void {
  for (const { lab, ...where } of labs) say(`${lab} is ${otherMountsText(where)}\n`);
}

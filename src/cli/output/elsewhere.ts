import { type LabElsewhere, elsewhereText } from '../../store/index.ts';
import { say } from './print.ts';

/** Says which labs are up in other mount namespaces, and were left alone. */
export function tellElsewhere(labs: readonly LabElsewhere[]): void {
  for (const { lab, ...where } of labs) say(`${lab} is ${elsewhereText(where)}\n`);
}

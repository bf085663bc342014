import * as v from 'valibot';
import { record, text } from '../../format/index.ts';
import { checkSysctlName } from './name.ts';

/** The key `sysctls` of a node. */
export const sysctlsKey = v.optional(
  v.pipe(
    record(text(checkSysctlName, 'A name that begins with "net."'), v.union([v.string(), v.number()])),
    v.description('Kernel settings of the namespace'),
  ),
);

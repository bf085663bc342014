import * as v from 'valibot';
import { text } from '../../format/index.ts';
import { parsePublication } from './text.ts';

/** The key `publish` of a node. */
export const publishKey = v.optional(
  v.pipe(
    v.array(text(parsePublication, '[ADDRESS:]HOSTPORT:NODEPORT[/PROTOCOL], such as 8080:80')),
    v.description('Ports of the host that are forwarded to the node'),
  ),
);

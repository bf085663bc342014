// Every kind of link, on a kernel that has them all.
import { proveKinds } from '../support/link-kinds.ts';

proveKinds();

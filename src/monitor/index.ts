export { Concerns } from './concerns.ts';
export { FileWatch } from './files.ts';
export { changesHost, Ledger } from './ledger.ts';
export { Post } from './post.ts';
export { ProgramWatch } from './programs.ts';

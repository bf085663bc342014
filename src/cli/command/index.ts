export { type ArgumentKind, type CommandEntry, COMMANDS } from './commands.ts';

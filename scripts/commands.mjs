// Writes the lists of commands in README.md and docs/command-line.md from src/cli/command/commands.ts. With --check it
// writes nothing, and fails if one of them is not current.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Prints the commands as JSON, with their options and arguments. */
const PROGRAM = `
  import { COMMANDS } from './src/cli/command/commands.ts';
  const rows = Object.entries(COMMANDS).map(async ([name, { summary, group, load }]) => {
    const { command } = await load();
    const options = command.options.map(({ long }) => long);
    const args = command.registeredArguments.map((argument) => ({
      name: argument.name(), required: argument.required, variadic: argument.variadic,
    }));
    return { name, summary, group, usage: command.usage(), options, args };
  });
  Promise.all(rows).then((all) => console.log(JSON.stringify(all)));`;

async function readTable() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: PROGRAM, resolveDir: root },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    external: ['koffi', 'undici'],
    logLevel: 'error',
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-'], {
    cwd: root,
    input: outputFiles[0].text,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The command with its arguments, without options: `up FILE`, `down [LAB|FILE…]`. */
function callOf({ name, usage, args }) {
  // Commands that start programs have their own usage text.
  if (!usage.startsWith('[options]')) return `${name} ${usage}`;
  const words = args.map(({ name: argument, required, variadic }) => {
    const text = `${argument.toUpperCase()}${variadic ? '…' : ''}`;
    return required ? text : `[${text}]`;
  });
  return [name, ...words].join(' ');
}

/** Escapes vertical bars, which separate the cells of a table. */
const cell = (text) => text.replaceAll('|', String.raw`\|`);
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;

/** A table with a row for each group and each command. */
function tableOf(commands, columns) {
  const groups = groupsOf(commands);
  return [
    row(columns.map(({ title }) => title)),
    `|${'---|'.repeat(columns.length)}`,
    ...[...groups].flatMap(([group, members]) => [
      row([`**${group}**`, ...columns.slice(1).map(() => '')]),
      ...members.map((command) => row(columns.map(({ textOf }) => textOf(command)))),
    ]),
  ].join('\n');
}

function groupsOf(commands) {
  const groups = new Map();
  for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return groups;
}

const CALL = { title: 'command', textOf: (command) => `\`netwright ${callOf(command)}\`` };
const SUMMARY = { title: 'what it does', textOf: ({ summary }) => summary };
const OPTIONS = { title: 'options', textOf: ({ options }) => options.map((long) => `\`${long}\``).join(' ') };

const LISTS = { 'README.md': [CALL, SUMMARY], 'docs/command-line.md': [CALL, SUMMARY, OPTIONS] };
const BLOCK = /(?<=^<!-- Written by `npm run commands`\. -->\n\n).*?(?=\n\n<!-- End of what is written\. -->$)/ms;

/** Returns the page with the list of these commands. */
export function withList(page, text, commands) {
  if (!BLOCK.test(text)) throw new Error(`${page} has no place for the list of commands`);
  return text.replace(BLOCK, () => tableOf(commands, LISTS[page]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const commands = await readTable();
  let faults = 0;
  for (const page of Object.keys(LISTS)) {
    const text = readFileSync(join(root, page), 'utf8');
    const current = withList(page, text, commands);
    if (current === text) continue;
    if (process.argv.includes('--check')) {
      console.error(`the commands in ${page} are not those of src/cli/command/commands.ts: run \`npm run commands\``);
      faults++;
    } else writeFileSync(join(root, page), current);
  }
  console.log(`commands: ${commands.length}, ${faults} faults`);
  process.exitCode = faults > 0 ? 1 : 0;
}

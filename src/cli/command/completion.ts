import { printDocument } from '../output/index.ts';
import { Argument } from 'commander';
import { scriptFor, SHELLS, type Shell } from '../completion-scripts.ts';
import { define } from '../define.ts';

export const command = define({
  name: 'completion',
  purpose: "Print a shell's completion script.",
  details: 'It completes commands, options, files, and the names of the labs and nodes that are up at the moment.',
  examples: [
    ['source <(netwright completion bash)', 'in ~/.bashrc'],
    ['source <(netwright completion zsh)', 'in ~/.zshrc, after compinit'],
    ['netwright completion fish > ~/.config/fish/completions/netwright.fish', 'once'],
  ],
})
  .addArgument(new Argument('<shell>').choices(SHELLS))
  .action((shell: Shell) => {
    printDocument(scriptFor(shell));
  });

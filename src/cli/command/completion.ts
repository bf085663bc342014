import { printDocument } from '../output/print.ts';
import { Argument } from 'commander';
import { scriptFor, SHELLS, type Shell } from '../completion/scripts.ts';
import { define } from '../define.ts';

export const command = define({
  name: 'completion',
  purpose: 'Print a completion script for a shell.',
  details: 'It completes commands, options, files, and the names of running labs and nodes.',
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

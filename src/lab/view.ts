import { Pins, processesIn, type NodeProcess } from '../netns/index.ts';
import { HOST, type NetworkState } from '../model/index.ts';
import { observe } from '../state/index.ts';
import { NotFoundError } from './error.ts';
import { hostParts } from './host.ts';

/** Settings that `show` tells. */
const SHOWN_SYSCTLS = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding', 'net.ipv4.conf.all.rp_filter'];

export interface LabView {
  readonly lab: string;
  /** What the kernel holds: the host's part under the empty name. */
  readonly state: NetworkState;
  readonly processes: readonly NodeProcess[];
}

/** What a lab is made of, as the kernel has it. @throws NotFoundError */
export function view(lab: string): LabView {
  const pins = new Pins(lab);
  if (!pins.mounted) throw new NotFoundError(`there is no lab "${lab}" (see \`netwright ls\`)`);
  const state = observe({ lab, host: hostParts(lab), sysctls: () => SHOWN_SYSCTLS });
  return {
    lab,
    state,
    processes: processesIn(
      pins,
      Object.keys(state.namespaces).filter((name) => name !== HOST),
    ),
  };
}

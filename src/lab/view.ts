import { Pins, type NodeProcess } from '../netns/index.ts';
import { HOST, type NetworkState } from '../model/index.ts';
import { isSupervisor, labProcesses, observe, serviceProcesses } from '../state/index.ts';
import { notUp } from './elsewhere.ts';
import { hostParts } from './host.ts';

/** Settings that `show` tells. */
const SHOWN_SYSCTLS = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding', 'net.ipv4.conf.all.rp_filter'];

export interface LabView {
  readonly lab: string;
  /** What the kernel holds: the host's part under the empty name. */
  readonly state: NetworkState;
  readonly processes: readonly ViewedProcess[];
}

export interface ViewedProcess extends NodeProcess {
  /** The name of the service whose program it is. */
  readonly service?: string;
}

/** What a lab is made of, as the kernel has it. @throws NotFoundError */
export function view(lab: string): LabView {
  const pins = new Pins(lab);
  if (!pins.mounted) throw notUp(lab);
  const state = observe({ lab, host: hostParts(lab), sysctls: () => SHOWN_SYSCTLS });
  return {
    lab,
    state,
    processes: withServices(
      pins,
      labProcesses(
        pins,
        Object.keys(state.namespaces).filter((name) => name !== HOST),
      ),
    ),
  };
}

/** Says which are services, and leaves out what starts them again. */
function withServices(pins: Pins, processes: readonly NodeProcess[]): ViewedProcess[] {
  const marked = new Map(serviceProcesses(pins, processes).map((one) => [one.pid, one]));
  return processes.flatMap((process) => {
    const one = marked.get(process.pid);
    if (one === undefined) return [process];
    if (isSupervisor(one)) return [];
    return [one.main ? { ...process, service: one.service } : process];
  });
}

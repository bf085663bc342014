export type { Outcome, Probe, ProbeProtocol, ProbeResult } from './probe.ts';
export { runProbes, type ProbeOptions } from './run.ts';
export { Explainer } from './explain.ts';

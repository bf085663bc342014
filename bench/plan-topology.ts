import type { TopologyInput } from '../src/library/index.ts';

/** The topology of the create benchmark. */
export const labOf = (n: number): TopologyInput & { readonly name: string } => ({
  name: 'nwbench',
  networks: { lan: { subnet: '10.77.0.0/16', internet: true } },
  nodes: Object.fromEntries(Array.from({ length: n }, (_, i) => [`n${i}`, { networks: ['lan'] }])),
});

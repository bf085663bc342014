export { describeFirewall, describeLab, describeNat, describeProcesses, PLAIN } from './output/index.ts';

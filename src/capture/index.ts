export { Capture, type CaptureOptions } from './capture.ts';

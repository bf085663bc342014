import { constants } from 'node:os';
import type { Readiness, ServiceState } from '../state/index.ts';

type Unknown = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isCommand = (value: unknown): value is readonly string[] => isTexts(value) && value.length > 0;
const isDuration = (value: unknown): value is number => typeof value === 'number' && value >= 0;

/** The maximum stop timeout that is accepted from a spec file: ten minutes, in milliseconds. */
const MAX_STOP = 600_000;

/**
 * Parses the spec file of a service. Returns undefined if any member is missing or invalid, since other processes can
 * have changed the file.
 */
export function parseSpec(text: string | undefined): ServiceState | undefined {
  if (text === undefined) return undefined;
  let spec: unknown;
  try {
    spec = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isSpec(spec) ? spec : undefined;
}

function isSpec(spec: unknown): spec is ServiceState {
  if (!isObject(spec)) return false;
  const { command, env, cwd, after, ready, restart, stop } = spec;
  return (
    isCommand(command) &&
    isObject(env) &&
    Object.values(env).every(isText) &&
    isText(cwd) &&
    isTexts(after) &&
    (ready === undefined || isReadiness(ready)) &&
    (restart === 'never' || restart === 'on-failure' || restart === 'always') &&
    isObject(stop) &&
    isText(stop['signal']) &&
    Object.hasOwn(constants.signals, stop['signal']) &&
    isDuration(stop['timeout']) &&
    stop['timeout'] <= MAX_STOP
  );
}

function isReadiness(ready: unknown): ready is Readiness {
  if (!isObject(ready) || !isDuration(ready['timeout'])) return false;
  switch (ready['kind']) {
    case 'tcp':
      return typeof ready['port'] === 'number';
    case 'http':
      return typeof ready['port'] === 'number' && isText(ready['path']);
    case 'log':
      return isText(ready['pattern']);
    case 'command':
      return isCommand(ready['command']);
    default:
      return ready['kind'] === 'exit';
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishedInWords } from './published.ts';

for (const [text, words] of [
  ['8080:80', 'port 8080 of the host → port 80'],
  ['127.0.0.1:5353:53/udp', 'port 5353/udp of the host at 127.0.0.1 → port 53'],
  ['3000-3010:4000-4010', 'ports 3000-3010 of the host → ports 4000-4010'],
  ['[::]:8080:80/sctp', 'port 8080/sctp of the host over IPv6 → port 80'],
  ['[2001:db8::1]:8080:80', 'port 8080 of the host at 2001:db8::1 → port 80'],
] as const)
  test(text, () => assert.equal(publishedInWords(text), words));

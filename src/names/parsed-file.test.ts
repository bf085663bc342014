import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp } from '../addr/index.ts';
import { parseHosts } from './hosts-file.ts';
import { parseResolvConf, readWrittenResolvConf, withNameserver } from './resolv-conf.ts';

test('a hosts file: the addresses of each name in order; invalid lines are ignored', () => {
  const { addresses, names } = parseHosts(
    [
      '127.0.0.1 localhost',
      '::1\tlocalhost ip6-localhost # the same machine',
      '# 10.0.0.9 hidden',
      '  10.0.0.2  Web web.shop  ',
      'fd00::0:2 web',
      '10.0.0.2 web',
      'not-an-address web',
      'fe80::1%eth0 web',
      '10.0.0.3',
      '',
    ].join('\n'),
  );
  assert.deepEqual(Object.fromEntries(addresses), {
    localhost: ['127.0.0.1', '::1'],
    'ip6-localhost': ['::1'],
    web: ['10.0.0.2', 'fd00::2'],
    'web.shop': ['10.0.0.2'],
  });
  assert.equal(names.get('10.0.0.2'), 'Web');
  assert.equal(names.get('::1'), 'localhost');
});

test('a resolv.conf: servers, domains and options, within the limits of the C library', () => {
  const defaults = { search: [], ndots: 1, timeout: 5000, attempts: 2, tcp: false };
  assert.deepEqual(parseResolvConf(''), { nameservers: ['127.0.0.1'], ...defaults });
  assert.deepEqual(
    parseResolvConf(
      [
        '; a comment',
        '# nameserver 9.9.9.9',
        'domain replaced.example',
        'search one.example two.example. .',
        ...['10.0.0.1', 'nonsense', 'fe80::1%eth0', 'fd00::53', '10.0.0.2', '10.0.0.3'].map((ip) => `nameserver ${ip}`),
        'options ndots:99 timeout:0 attempts:3 use-vc rotate ndots:x',
      ].join('\n'),
    ),
    {
      nameservers: ['10.0.0.1', 'fd00::53', '10.0.0.2'],
      search: ['one.example', 'two.example'],
      ndots: 15,
      timeout: 1000,
      attempts: 3,
      tcp: true,
    },
  );
});

const WRITTEN = [
  '# made by hand: nameserver 9.9.9.9',
  '  nameserver   127.0.0.53 # this machine',
  'nameserver fe80::1%eth0',
  'nameserver',
  'nameservers 1.1.1.1',
  '',
  'search one.example\ttwo.example  ',
  'options  edns0',
  'options',
  '; the end',
].join('\n');

test('a resolv.conf as it is written, for making another one from it', () => {
  assert.deepEqual(readWrittenResolvConf(WRITTEN), {
    nameservers: ['127.0.0.53', 'fe80::1%eth0'],
    settings: ['search one.example\ttwo.example', 'options  edns0'],
  });
  assert.deepEqual(readWrittenResolvConf(''), { nameservers: [], settings: [] });
});

test('one name server replaces the others: all other lines stay', () => {
  assert.equal(
    withNameserver(WRITTEN, parseIp('192.0.2.53')),
    [
      '# made by hand: nameserver 9.9.9.9',
      'nameservers 1.1.1.1',
      'search one.example\ttwo.example',
      'options  edns0',
      'options',
      '; the end',
      'nameserver 192.0.2.53',
      '',
    ].join('\n'),
  );
  assert.equal(withNameserver('', parseIp('::1')), 'nameserver ::1\n');
});

import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createHostCheck, explainRefusal, isOwnOrigin } from '../../src/site/hosts.ts';

const OWN = [
  'localhost',
  'localhost:4321',
  'LOCALHOST:4321',
  'localhost.:80',
  'cats.localhost',
  '127.0.0.1:4321',
  '127.1.2.3',
  '[::1]:4321',
  '[0:0:0:0:0:0:0:1]',
];
const FOREIGN = [
  undefined,
  '',
  'evil.example',
  'evil.example:4321',
  'localhost.evil.example',
  'evillocalhost',
  'notlocalhost:4321',
  '127.0.0.1.evil.example',
  '127.evil.example',
  'evil.example@localhost',
  'localhost@evil.example',
  'localhost/evil.example',
  'evil.example#localhost',
  'evil.example?localhost',
  'evil.example\\localhost',
  'localhost evil.example',
  '192.168.7.7',
  '169.254.169.254',
  '0.0.0.0:4321',
  '[::]:4321',
  '[::2]',
  '[::1',
  'file:',
  'moz-extension://x',
];

describe('createHostCheck', () => {
  const answers = createHostCheck({ host: 'localhost' });

  it.each(OWN)('answers for this machine as %s', (header) => expect(answers(header)).toBe(true));

  it.each(FOREIGN)('does not answer for %s', (header) => expect(answers(header)).toBe(false));

  it('answers for the name it listens at, and for those allowed', () => {
    const check = createHostCheck({
      host: 'Box.lan',
      allowedHosts: ['cats.example', '.dogs.example', '10.0.0.5'],
    });
    for (const header of [
      'box.lan:80',
      'cats.example',
      'CATS.example.:1',
      'dogs.example',
      'a.b.dogs.example',
      '10.0.0.5',
    ]) {
      expect(check(header), header).toBe(true);
    }
    for (const header of ['a.cats.example', 'evildogs.example', 'xcats.example', '10.0.0.6', 'lan']) {
      expect(check(header), header).toBe(false);
    }
  });

  it('answers for names in other scripts as browsers send them', () => {
    expect(createHostCheck({ host: 'x', allowedHosts: ['bücher.example'] })('xn--bcher-kva.example')).toBe(
      true,
    );
  });

  it('answers for the addresses of this machine where it listens at all of them, and for no others', () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const host of ['0.0.0.0', '::']) {
      const check = createHostCheck({ host });
      for (const { address, family } of own) {
        expect(check(family === 'IPv6' ? `[${address}]:1` : `${address}:1`), address).toBe(true);
      }
      expect(check('203.0.113.9')).toBe(false);
      expect(check('evil.example')).toBe(false);
    }
    expect(createHostCheck({ host: '0.0.0.0' })('0.0.0.0:4321')).toBe(true);
    expect(createHostCheck({ host: '::' })('[::]:4321')).toBe(true);
  });
});

describe('isOwnOrigin', () => {
  const answers = createHostCheck({ host: 'localhost' });

  it.each([
    [undefined, true],
    ['http://localhost:4321', true],
    ['http://127.0.0.1:1', true],
    ['https://evil.example', false],
    ['null', false],
    ['file://', false],
    ['', false],
  ])('%s: %s', (origin, expected) => expect(isOwnOrigin(origin, answers)).toBe(expected));
});

describe('explainRefusal', () => {
  it('says what to do', () => {
    expect(explainRefusal('evil.example:80')).toMatchInlineSnapshot(`
      "The host \`evil.example\` is not allowed.
      To allow it, start the server again with \`--allowed-host evil.example\`."
    `);
    expect(explainRefusal(undefined)).toMatchInlineSnapshot(`"The request names no host."`);
  });
});

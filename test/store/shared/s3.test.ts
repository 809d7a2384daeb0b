import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { s3Objects } from '../../../src/store/shared/s3.ts';
import type { S3Options } from '../../../src/store/shared/s3.ts';
import type { Objects } from '../../../src/store/shared/objects.ts';
import { startProxy } from './faulty-proxy.ts';
import type { Asked, Fault, FaultyProxy } from './faulty-proxy.ts';
import { describeObjects } from './objects-contract.ts';
import { CREDENTIALS, mentionMissingS3, s3Program, startS3, useS3 } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

mentionMissingS3();

const soon: S3Options = { patience: { total: 30_000, first: 10, longest: 100 }, silence: 5_000 };
/** For requests that are never answered. */
const impatient: S3Options = { ...soon, silence: 150 };
const briefly: S3Options = { patience: { total: 200, first: 20, longest: 50 }, silence: 100 };

describe.skipIf(s3Program === undefined)('a store in a bucket', () => {
  let server: S3Server;
  let proxy: FaultyProxy;

  beforeAll(async () => {
    server = await startS3();
    proxy = await startProxy(server.port);
  }, 60_000);
  afterAll(async () => {
    await proxy.close();
    server.stop();
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    proxy.fault = () => undefined;
    proxy.asked.length = 0;
  });
  const somewhere = (): string => `at/${randomBytes(6).toString('hex')}`;
  const open = (options: S3Options = soon, prefix = somewhere(), bucket = 'lab'): Objects => {
    useS3(proxy.port);
    return s3Objects({ bucket, prefix }, options);
  };
  /** The first requests that match meet a fault. */
  const fail = (times: number, fault: Fault, matches: (asked: Asked) => boolean = () => true): void => {
    let left = times;
    proxy.fault = (asked) => (matches(asked) && left-- > 0 ? fault : undefined);
  };

  describe('without faults', () => {
    describeObjects(() => {
      useS3(server.port);
      const prefix = somewhere();
      const objects = s3Objects({ bucket: 'lab', prefix }, soon);
      return Promise.resolve({
        objects,
        again: () => s3Objects({ bucket: 'lab', prefix }, soon),
        foreign: (name: string) => objects.write(name, Buffer.from('x')),
      });
    });
  });

  it('lists more than one answer holds', async () => {
    const objects = open();
    const keys = Array.from({ length: 25 }, (_, i) => `raw/ab/ab${i}.bin`);
    await Promise.all(keys.map((key) => objects.write(key, Buffer.from('x'))));
    proxy.asked.length = 0;
    const names = new Set<string>();
    for await (const { name } of objects.list('raw/')) names.add(name);
    expect(names).toEqual(new Set(keys));
    expect(proxy.asked).toHaveLength(3);
    objects.close();
  });

  it.each<[string, Fault]>([
    ['500', { kind: 'status', status: 500, code: 'InternalError' }],
    ['503', { kind: 'status', status: 503, code: 'SlowDown' }],
    ['a cut connection', { kind: 'cut', at: 'request' }],
    ['silence', { kind: 'silent', at: 'request' }],
    ['a slow answer', { kind: 'slow', milliseconds: 60 }],
    ['a clock that jumped', { kind: 'status', status: 403, code: 'RequestTimeTooSkewed' }],
  ])('goes on after %s', async (_, fault) => {
    const objects = open(fault.kind === 'silent' ? impatient : soon);
    const bytes = randomBytes(50_000);
    fail(2, fault);
    await objects.write('raw/ab/abc.bin', bytes);
    fail(2, fault);
    expect((await objects.read('raw/ab/abc.bin'))?.bytes.equals(bytes)).toBe(true);
    fail(2, fault);
    expect((await objects.find('raw/ab/abc.bin'))?.size).toBe(50_000);
    fail(2, fault);
    const names: string[] = [];
    for await (const { name } of objects.list('raw/')) names.push(name);
    expect(names).toEqual(['raw/ab/abc.bin']);
    fail(2, fault);
    await objects.remove(['raw/ab/abc.bin']);
    expect(await objects.find('raw/ab/abc.bin')).toBeUndefined();
    objects.close();
  });

  it.each<[string, Fault]>([
    ['cut in the middle', { kind: 'cut', at: 'body' }],
    ['silent in the middle', { kind: 'silent', at: 'body' }],
  ])('reads an answer again that is %s', async (_, fault) => {
    const objects = open(fault.kind === 'silent' ? impatient : soon);
    const bytes = randomBytes(50_000);
    await objects.write('raw/ab/abc.bin', bytes);
    proxy.asked.length = 0;
    fail(2, fault, ({ what }) => what.startsWith('GET'));
    expect((await objects.read('raw/ab/abc.bin'))?.bytes.equals(bytes)).toBe(true);
    expect(proxy.asked.filter(({ what }) => what.startsWith('GET'))).toHaveLength(3);
    objects.close();
  });

  it('sends a file again whose upload was cut', async () => {
    const objects = open();
    const { writeFile, mkdtemp, readFile } = await import('node:fs/promises');
    const { sha256 } = await import('../../../src/hash.ts');
    const { join } = await import('node:path');
    const { tmpdir } = await import('node:os');
    const folder = await mkdtemp(join(tmpdir(), 'filterscope-'));
    const bytes = randomBytes(400_000);
    await writeFile(join(folder, 'from'), bytes);
    fail(2, { kind: 'cut', at: 'request' });
    await objects.writeFile('inputs/x', join(folder, 'from'), sha256(bytes));
    fail(2, { kind: 'cut', at: 'body' });
    expect(await objects.readFile('inputs/x', join(folder, 'to'))).toBe(true);
    expect((await readFile(join(folder, 'to'))).equals(bytes)).toBe(true);
    objects.close();
  });

  it('asks again as soon as an outage is over, within the longest pause', async () => {
    const objects = open({ ...soon, patience: { total: 20_000, first: 10, longest: 400 } });
    await objects.write('raw/ab/abc.bin', Buffer.from('1'));
    const outage = proxy.down(1_500);
    const reading = objects.read('raw/ab/abc.bin').then(() => performance.now());
    await outage;
    const over = performance.now();
    expect((await reading) - over).toBeLessThan(2_000);
    objects.close();
  });

  it.each<[string, Fault, string]>([
    [
      '500',
      { kind: 'status', status: 500, code: 'InternalError' },
      'could not be used.* HTTP 500 InternalError',
    ],
    ['silence', { kind: 'silent', at: 'request' }, 'could not be used.* no answer \\(SilenceError\\)'],
    ['a refusal', { kind: 'status', status: 403, code: 'AccessDenied' }, 's3:ListBucket'],
    [
      'a wrong key',
      { kind: 'status', status: 403, code: 'InvalidAccessKeyId' },
      'does not know the access key',
    ],
    ['an old token', { kind: 'status', status: 400, code: 'ExpiredToken' }, 'The credentials have expired'],
    ['an unknown error', { kind: 'status', status: 400, code: 'Strange' }, 'HTTP 400 Strange'],
  ])('names bucket and key, and no credentials, where %s does not end', async (_, fault, message) => {
    const objects = open(briefly, 'at/here');
    proxy.fault = () => fault;
    const error: unknown = await objects
      .write('raw/ab/abc.bin', Buffer.from('1'))
      .catch((thrown: unknown) => thrown);
    const { inspect } = await import('node:util');
    const all = inspect(error, { depth: 20, showHidden: true });
    expect(String(error)).toMatch(new RegExp(`writing \`s3://lab/at/here/raw/ab/abc\\.bin\`[^]*${message}`));
    expect(String(error)).toContain(`127.0.0.1:${proxy.port}`);
    expect(all).not.toContain(CREDENTIALS.accessKeyId);
    expect(all).not.toContain(CREDENTIALS.secretAccessKey);
    expect(all).not.toContain('Signature');
    objects.close();
  });

  it('does not repeat what can only fail again', async () => {
    const objects = open(soon);
    fail(5, { kind: 'status', status: 403, code: 'AccessDenied' });
    await expect(objects.read('raw/ab/abc.bin')).rejects.toThrow('The credentials do not allow it.');
    expect(proxy.asked).toHaveLength(1);
    proxy.fault = () => undefined;
    const none = open(soon, '', 'none');
    await expect(none.open()).rejects.toThrow('There is no such bucket.');
    objects.close();
    none.close();
  });

  it('writes an object again to date it, where a copy onto itself keeps its date', async () => {
    const objects = open();
    await objects.write('raw/ab/abc.bin', Buffer.from('1'));
    const { date } = (await objects.find('raw/ab/abc.bin'))!;
    const old = (text: string): string =>
      text.replace(/<LastModified>[^<]*/, '<LastModified>2001-01-01T00:00:00.000Z');
    fail(1, { kind: 'edit', edit: old }, ({ what }) => what.startsWith('PUT'));
    proxy.asked.length = 0;
    await objects.touch('raw/ab/abc.bin', date, date);
    expect(proxy.asked.map(({ what }) => what.slice(0, 3))).toEqual(['PUT', 'GET', 'PUT', 'GET']);
    objects.close();
  });

  it('reads back what a service that checks no sums was sent, and sends it again', async () => {
    const objects = open();
    fail(1, { kind: 'flip', at: 'request' }, ({ what }) => what.startsWith('PUT'));
    const bytes = randomBytes(1_000);
    await objects.write('raw/ab/abc.bin', bytes);
    expect(proxy.asked.filter(({ what }) => what.startsWith('PUT'))).toHaveLength(2);
    expect((await objects.read('raw/ab/abc.bin'))!.bytes.equals(bytes)).toBe(true);
    objects.close();
  });
});

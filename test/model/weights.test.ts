import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError, UserError } from '../../src/errors.ts';
import { listWeights, pullWeights, weightsPath, weightsStatus } from '../../src/model/weights.ts';
import { vgg16 } from '../../src/model/zoo/vgg16.ts';
import { lenet } from '../../src/model/zoo/lenet.ts';
import type { WebWeights, ZooModel } from '../../src/model/zoo/index.ts';
import { nameless } from '../nameless.ts';
import { temporaryFolder } from './opening.ts';

const folder = temporaryFolder();
const data = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251);
const sum = (algorithm: string) => createHash(algorithm).update(data).digest('hex');

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let answer: Answer;
let requests: IncomingMessage[] = [];
let caches = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterAll(() => server.close());
afterEach(() => (requests = []));

const whole: Answer = (request, response) => {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const headers = from ? { 'content-range': `bytes ${from}-${data.length - 1}/${data.length}` } : {};
  response.writeHead(from ? 206 : 200, headers).end(data.subarray(from));
};

function model(more: Partial<WebWeights> = {}): ZooModel {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/w.h5`;
  return { ...vgg16, weights: () => ({ file: 'w.h5', url, bytes: data.length, md5: sum('md5'), ...more }) };
}

const pull = (of: ZooModel, cacheDir: string) => pullWeights(of, false, { cacheDir });
const newCache = (): string => join(folder, `cache${caches++}`);
const fileIn = (cache: string): string => join(cache, 'weights', 'w.h5');

/** A message without the port, which differs from run to run. */
const said = async (failing: Promise<unknown>): Promise<string> => {
  const error: unknown = await failing.then(
    () => 'nothing was wrong',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return nameless((error as Error).message, folder, '<folder>')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'host')
    .replaceAll(/cache\d+/g, 'cache');
};

describe('pullWeights', () => {
  it('fetches, checks, notes the SHA-256, and fetches no second time', async () => {
    answer = whole;
    const cache = newCache();
    const seen: number[] = [];
    const result = await pullWeights(model(), false, {
      cacheDir: cache,
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    expect(result).toEqual({ path: fileIn(cache), sha256: sum('sha256'), downloaded: true });
    expect(readFileSync(fileIn(cache))).toEqual(Buffer.from(data));
    expect(seen[seen.length - 1]).toBe(1);
    expect(existsSync(`${fileIn(cache)}.part`)).toBe(false);
    expect((await pull(model(), cache)).downloaded).toBe(false);
    expect(requests).toHaveLength(1);
    expect((await weightsStatus(model(), false, cache))?.state).toBe('ready');
  });

  it('follows a redirect', async () => {
    answer = (request, response) =>
      request.url === '/w.h5'
        ? response.writeHead(302, { location: '/there' }).end()
        : whole(request, response);
    expect((await pull(model(), newCache())).sha256).toBe(sum('sha256'));
  });

  it('keeps nothing of a file with another sum', async () => {
    answer = whole;
    const cache = newCache();
    expect(await said(pull(model({ sha256: '0'.repeat(64) }), cache))).toContain(
      `Expected SHA-256 ${'0'.repeat(64)}, got ${sum('sha256')}.`,
    );
    expect(await said(pull(model({ md5: 'abc' }), cache))).toContain(`Expected MD5 abc, got ${sum('md5')}.`);
    expect(existsSync(fileIn(cache))).toBe(false);
    expect(existsSync(`${fileIn(cache)}.part`)).toBe(false);
  });

  it('goes on where a broken connection ended', async () => {
    const cache = newCache();
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': data.length });
      response.write(data.subarray(0, 100_000), () => response.destroy());
    };
    await expect(pull(model(), cache)).rejects.toThrow(UnavailableError);
    const kept = readFileSync(`${fileIn(cache)}.part`).length;
    expect(kept).toBeGreaterThan(0);
    answer = whole;
    expect((await pull(model(), cache)).sha256).toBe(sum('sha256'));
    expect(requests[1]!.headers.range).toBe(`bytes=${kept}-`);
  });

  it('begins anew where the server cannot go on', async () => {
    const cache = newCache();
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': data.length });
      response.write(data.subarray(0, 100_000), () => response.destroy());
    };
    await expect(pull(model(), cache)).rejects.toThrow(UnavailableError);
    answer = (_, response) => response.writeHead(200).end(data);
    expect((await pull(model(), cache)).sha256).toBe(sum('sha256'));
  });

  it('says so where the file ends early', async () => {
    answer = (_, response) => response.writeHead(200).end(data.subarray(0, 1000));
    expect(await said(pull(model(), newCache()))).toMatchInlineSnapshot(`
      "\`http://host/w.h5\` could not be downloaded.
        The connection ended after 1000 of 300000 bytes. They are kept, and the next run resumes there.
        Run the command again later, or put the file at \`<folder>/cache/weights/w.h5\`."
    `);
  });

  it('stops where more comes than the file has', async () => {
    const cache = newCache();
    answer = (_, response) => response.writeHead(200).end(Buffer.concat([data, data]));
    expect(await said(pull(model(), cache))).toMatchInlineSnapshot(`
      "Size mismatch for \`http://host/w.h5\`.
        Expected 300000 bytes, got more. Nothing was kept."
    `);
    expect(existsSync(`${fileIn(cache)}.part`)).toBe(false);
  });

  it('says what the server answered', async () => {
    answer = (_, response) => response.writeHead(404).end('no');
    expect(await said(pull(model(), newCache()))).toMatchInlineSnapshot(`
      "\`http://host/w.h5\` could not be downloaded.
        The server answered 404 Not Found.
        Run the command again later, or put the file at \`<folder>/cache/weights/w.h5\`."
    `);
  });

  it('says what to do without a network', async () => {
    // A port that nobody listens on any more.
    const gone = createServer();
    await new Promise<void>((ready) => gone.listen(0, '127.0.0.1', ready));
    const { port } = gone.address() as AddressInfo;
    await new Promise((closed) => gone.close(closed));
    const failing = pull(model({ url: `http://127.0.0.1:${port}/w.h5` }), newCache());
    await expect(failing).rejects.toThrow(UnavailableError);
    const message = await said(failing);
    expect(message).toContain('`http://host/w.h5` could not be downloaded.');
    expect(message).toContain('put the file at `<folder>/cache');
  });

  it('stops when told to', async () => {
    const controller = new AbortController();
    answer = (_, response) => {
      response.writeHead(200);
      response.write(data.subarray(0, 1000), () => controller.abort());
    };
    const failing = pullWeights(model(), false, { cacheDir: newCache(), signal: controller.signal });
    await expect(failing).rejects.toThrow();
  });

  it('has nothing to fetch for a network without weights', async () => {
    expect(await said(pull(lenet, newCache()))).toMatchInlineSnapshot(`
      "\`lenet\` has no trained weights to download.
        Its weights are random, from the experiment's seed.
        Valid: alexnet, densenet121, efficientnet-lite0, efficientnet-lite1, efficientnet-lite2, inception_v3, mobilenet_v2, mobilenet_v3_small, resnet18, resnet50, squeezenet1_1, vgg16, vgg16-edges, vgg19"
    `);
  });
});

describe('weights that are there', () => {
  it('are held to the sum they came with', async () => {
    answer = whole;
    const cache = newCache();
    await pull(model(), cache);
    const other = Uint8Array.from(data);
    other[7] = 0;
    writeFileSync(fileIn(cache), other);
    // Even if the published MD5 were forged along with the file.
    const forged = model({ md5: createHash('md5').update(other).digest('hex') });
    expect((await weightsStatus(forged, false, cache))?.state).toBe('damaged');
    expect((await pull(forged, newCache()).catch((error: unknown) => error)) instanceof UserError).toBe(true);
  });

  it('are held to the published sum where the note of theirs is damaged', async () => {
    answer = whole;
    const cache = newCache();
    await pull(model(), cache);
    const note = `${fileIn(cache)}.sha256`;
    const bytes = readFileSync(note);
    const published = model({ md5: createHash('md5').update(data).digest('hex') });
    const unpublished = model({ md5: '' });
    for (const index of [0, 40, 63, 64, 70, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      writeFileSync(note, changed);
      expect((await weightsStatus(published, false, cache))?.state, `byte ${index}`).toBe('ready');
      expect((await weightsStatus(unpublished, false, cache))?.state, `byte ${index}`).toBe('damaged');
    }
    // As earlier versions noted it.
    writeFileSync(note, `${sum('sha256')}\n`);
    expect((await weightsStatus(unpublished, false, cache))?.state).toBe('ready');
  });

  it('are fetched again where they are damaged, or folders are in their place', async () => {
    const cache = newCache();
    answer = whole;
    await pull(model(), cache);
    writeFileSync(fileIn(cache), 'damaged');
    expect(await pull(model(), cache)).toMatchObject({ sha256: sum('sha256'), downloaded: true });
    for (const path of [fileIn(cache), `${fileIn(cache)}.part`, `${fileIn(cache)}.sha256`]) {
      rmSync(path, { force: true });
      mkdirSync(path);
    }
    expect(await pull(model(), cache)).toMatchObject({ sha256: sum('sha256'), downloaded: true });
    expect(readFileSync(fileIn(cache))).toEqual(Buffer.from(data));
  });

  it('may be put there by hand', async () => {
    const cache = newCache();
    answer = whole;
    await pull(model(), cache);
    rmSync(`${fileIn(cache)}.sha256`);
    expect((await weightsStatus(model(), false, cache))?.state).toBe('ready');
  });

  it('are listed with those that are not', async () => {
    const listed = await listWeights(newCache());
    expect(listed.map(({ model: name, includeTop, state }) => [name, includeTop, state])).toEqual([
      ['alexnet', true, 'missing'],
      ['densenet121', true, 'missing'],
      ['efficientnet-lite0', true, 'missing'],
      ['efficientnet-lite1', true, 'missing'],
      ['efficientnet-lite2', true, 'missing'],
      ['inception_v3', true, 'missing'],
      ['mobilenet_v2', true, 'missing'],
      ['mobilenet_v3_small', true, 'missing'],
      ['resnet18', true, 'missing'],
      ['resnet50', true, 'missing'],
      ['squeezenet1_1', true, 'missing'],
      ['vgg16', false, 'missing'],
      ['vgg16', true, 'missing'],
      ['vgg16-edges', true, 'missing'],
      ['vgg19', true, 'missing'],
    ]);
    expect(listed.find(({ model: name }) => name === 'vgg16')!.path).toBe(
      weightsPath(vgg16.weights!({ includeTop: false }), join(folder, `cache${caches - 1}`)),
    );
  });
});

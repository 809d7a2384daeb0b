import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError, WorkError } from '../../errors.ts';
import { claim } from './mark.ts';
import { STORE_MARK } from './objects.ts';
import type { Listed, Objects, Read } from './objects.ts';
import { PATIENCE, persist } from './patience.ts';
import type { Patience } from './patience.ts';
import { connect } from './s3-client.ts';
import type { S3 } from './s3-client.ts';
import { isAbsent, mayPass, s3Problem, SilenceError, TransferError } from './s3-errors.ts';

export interface S3Options {
  readonly patience?: Patience;
  /** Milliseconds without a byte after which a request is given up and sent again. */
  readonly silence?: number;
}

const SILENCE = 20_000;
/** Bytes per second that any line has, to tell a slow upload from one that stands still. */
const SLOWEST = 50_000;
/** Objects that one request can have. */
const LARGEST = 5 * 2 ** 30;
const REMOVED_AT_ONCE = 1_000;

/** A shared store in an S3-compatible bucket. */
export function s3Objects(
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
  { patience = PATIENCE, silence = SILENCE }: S3Options = {},
): Objects {
  const address = `s3://${prefix === '' ? bucket : `${bucket}/${prefix}`}`;
  const keyOf = (name: string): string => (prefix === '' ? name : `${prefix}/${name}`);
  const nameOf = (key: string): string => (prefix === '' ? key : key.slice(prefix.length + 1));
  let connecting: Promise<S3> | undefined;
  let connected: S3 | undefined;

  /** Sends requests until one succeeds. `alive` must be called while bytes move. */
  const ask = async <T>(
    doing: string,
    name: string,
    work: (s3: S3, signal: AbortSignal, alive: () => void) => Promise<T>,
    { bytes = 0, mayBeAbsent = false } = {},
  ): Promise<T> => {
    const s3 = (connected ??= await (connecting ??= connect()));
    const begun = performance.now();
    const attempt = async (): Promise<T> => {
      const stop = new AbortController();
      const limit = silence + (bytes / SLOWEST) * 1_000;
      let timer: NodeJS.Timeout | undefined;
      // The client does not end every wait when it is told to.
      const silent = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          stop.abort();
          reject(new SilenceError());
        }, limit);
      });
      try {
        return await Promise.race([work(s3, stop.signal, () => void timer?.refresh()), silent]);
      } finally {
        clearTimeout(timer);
      }
    };
    try {
      return await persist(attempt, mayPass, patience);
    } catch (error) {
      if ((mayBeAbsent && isAbsent(error)) || error instanceof UserError) throw error;
      const waited = performance.now() - begun;
      throw s3Problem(error, { doing, address: `${address}/${name}`, host: s3.host, waited });
    }
  };
  const askIfThere = <T>(...[doing, name, work]: Parameters<typeof ask<T>>): Promise<T | undefined> =>
    ask(doing, name, work, { mayBeAbsent: true }).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });

  /** The body of an object, to the last byte. */
  const get = <T>(name: string, take: (body: Readable, length: number | undefined) => Promise<T>) =>
    askIfThere('reading', name, async ({ sdk, client }, abortSignal, alive) => {
      const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: keyOf(name) });
      const { Body, ContentLength, LastModified } = await client.send(command, { abortSignal });
      let received = 0;
      const count = new Transform({
        transform(chunk: Buffer, _, done) {
          received += chunk.length;
          alive();
          done(null, chunk);
        },
      });
      const body = Body as Readable;
      const close = (): void => void body.destroy(new SilenceError());
      abortSignal.addEventListener('abort', close, { once: true });
      const [taken] = await Promise.all([take(count, ContentLength), pipeline(body, count)]);
      if (ContentLength !== undefined && received !== ContentLength) throw new TransferError('cut off');
      return { taken, date: LastModified?.getTime() ?? 0 };
    });

  const read = async (name: string): Promise<Read | undefined> => {
    const found = await get(name, async (body) => {
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    });
    return found && { bytes: found.taken, date: found.date };
  };

  const put = async (
    name: string,
    size: number,
    sum: string,
    body: () => Buffer | Readable,
  ): Promise<void> => {
    await ask(
      'writing',
      name,
      async ({ sdk, client }, abortSignal) => {
        const command = new sdk.PutObjectCommand({
          ...{ Bucket: bucket, Key: keyOf(name), Body: body(), ContentLength: size, ChecksumSHA256: sum },
        });
        const { ChecksumSHA256 } = await client.send(command, { abortSignal });
        if (ChecksumSHA256 === sum) return;
        // A service that knows nothing of checksums has what it has.
        const hash = createHash('sha256');
        await get(name, async (kept) => {
          for await (const chunk of kept) hash.update(chunk as Buffer);
        });
        if (hash.digest('base64') !== sum) throw new TransferError('not what was sent');
      },
      { bytes: size },
    );
  };

  const write = (name: string, bytes: Uint8Array): Promise<void> => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return put(name, buffer.length, createHash('sha256').update(buffer).digest('base64'), () => buffer);
  };

  async function* list(below: string): AsyncGenerator<Listed> {
    let token: string | undefined;
    do {
      const page = await ask('listing', below, ({ sdk, client }, abortSignal) =>
        client.send(
          new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: keyOf(below), ContinuationToken: token }),
          { abortSignal },
        ),
      );
      for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
        if (Key !== undefined) yield { name: nameOf(Key), size: Size, date: LastModified?.getTime() ?? 0 };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  return {
    ...{ address, read, write, list },

    async find(name) {
      const found = await askIfThere('looking for', name, ({ sdk, client }, abortSignal) =>
        client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: keyOf(name) }), { abortSignal }),
      );
      return found && { size: found.ContentLength ?? 0, date: found.LastModified?.getTime() ?? 0 };
    },

    async writeFile(name, from, sha256) {
      const { size } = await stat(from);
      if (size > LARGEST) {
        throw new WorkError({
          what: `The file is too large for the shared store: \`${from}\`.`,
          why: 'One object of S3 may have 5 GB when it is written.',
          hint: 'Use a folder as the shared store.',
        });
      }
      await put(name, size, Buffer.from(sha256, 'hex').toString('base64'), () => createReadStream(from));
    },

    readFile: async (name, to) =>
      (await get(name, (body) => pipeline(body, createWriteStream(to)))) !== undefined,

    async touch(name, date) {
      const copied = await askIfThere('dating', name, ({ sdk, client }, abortSignal) =>
        client.send(
          new sdk.CopyObjectCommand({
            ...{
              Bucket: bucket,
              Key: keyOf(name),
              MetadataDirective: 'REPLACE',
              ChecksumAlgorithm: 'SHA256',
            },
            CopySource: `${bucket}/${keyOf(name).split('/').map(encodeURIComponent).join('/')}`,
          }),
          { abortSignal },
        ),
      );
      const touched = copied?.CopyObjectResult?.LastModified?.getTime();
      if (!copied || (touched !== undefined && touched > date)) return;
      // Some services leave the date of an object that is copied onto itself.
      const found = await read(name);
      if (found) await write(name, found.bytes);
    },

    async remove(names) {
      for (let at = 0; at < names.length; at += REMOVED_AT_ONCE) {
        const some = names.slice(at, at + REMOVED_AT_ONCE);
        await ask('removing', some[0]!, async ({ sdk, client }, abortSignal) => {
          const Delete = { Objects: some.map((name) => ({ Key: keyOf(name) })), Quiet: true };
          const { Errors } = await client.send(new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete }), {
            abortSignal,
          });
          const [first] = Errors ?? [];
          if (first) throw Object.assign(new Error('not removed'), { name: first.Code ?? 'Error' });
        });
      }
    },

    // What is sent in one request leaves nothing when it is cut off.
    sweep: () => Promise.resolve({ files: 0, bytes: 0 }),

    open: () =>
      claim({
        address,
        mark: async () => (await read(STORE_MARK))?.bytes.toString('utf8'),
        others: async () => {
          for await (const { name } of list('')) return [name];
          return [];
        },
        write: (text) => write(STORE_MARK, Buffer.from(text)),
      }),

    close: () => connected?.client.destroy(),
  };
}

import { createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { diskProblem, UnavailableError, UserError, WorkError } from '../errors.ts';

/** Bytes on disk, of so many. */
export interface DownloadProgress {
  readonly done: number;
  readonly total: number;
}

export interface Download {
  readonly url: string;
  /** Absolute path of the file to fill; what is in it counts as its beginning. */
  readonly to: string;
  /** How many bytes the whole file must have. */
  readonly bytes: number;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}

/** A server that sends nothing for so long has gone. */
const SILENCE = 60_000;

/**
 * Fetches exactly `bytes` bytes and has them on disk before it returns. After a broken connection the file keeps what
 * came, and the next call asks for the rest only. `byHand` says where a person may put the file.
 */
export async function download(request: Download, byHand: string): Promise<void> {
  const { url, to, bytes, signal } = request;
  const kept = await stat(to).then(
    ({ size }) => size,
    () => 0,
  );
  if (kept > bytes) await rm(to);
  const from = kept > bytes ? 0 : kept;
  if (from === bytes) return;

  const silence = new AbortController();
  const all = signal ? abortOnEither(signal, silence) : silence.signal;
  let timer = setTimeout(() => silence.abort(), SILENCE);
  try {
    const response = await fetch(url, {
      redirect: 'follow',
      signal: all,
      headers: from ? { range: `bytes=${from}-` } : {},
    });
    if (response.status === 416) {
      await rm(to, { force: true });
      throw new Error('The server does not resume the download. Run the command again.');
    }
    if (!response.ok || !response.body)
      throw new Error(`The server answered ${`${response.status} ${response.statusText}`.trim()}.`);
    const start = response.status === 206 && resumesAt(response, from) ? from : 0;
    if (response.status === 206 && start !== from)
      throw new Error('The server sent another part of the file than requested.');
    await appendBody(request, response.body, start, () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE);
    });
  } catch (error) {
    if (error instanceof UserError || signal?.aborted) throw error;
    const problem = diskProblem(error, to);
    if (problem) throw new WorkError(problem, { cause: error });
    throw new UnavailableError({
      what: `\`${url}\` could not be downloaded.`,
      why: silence.signal.aborted
        ? `The server sent nothing for ${SILENCE / 1000} seconds.`
        : messageOf(error),
      hint: `Run the command again later, or put the file at \`${byHand}\`.`,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function appendBody(
  { url, to, bytes, onProgress }: Download,
  body: ReadableStream<Uint8Array>,
  start: number,
  alive: () => void,
): Promise<void> {
  let done = start;
  const file = createWriteStream(to, { flags: start ? 'a' : 'w' });
  const failed = once(file, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => {});
  try {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      alive();
      done += chunk.length;
      if (done > bytes) throw tooLong(url, bytes);
      if (!file.write(chunk)) await Promise.race([once(file, 'drain'), failed]);
      onProgress?.({ done, total: bytes });
    }
  } catch (error) {
    file.destroy();
    if (error instanceof UserError) await rm(to, { force: true });
    throw error;
  }
  file.end();
  await Promise.race([once(file, 'close'), failed]);
  const handle = await open(to, 'r+');
  await handle.sync();
  await handle.close();
  if (done < bytes)
    throw new Error(
      `The connection ended after ${done} of ${bytes} bytes. They are kept, and the next run resumes there.`,
    );
}

function tooLong(url: string, bytes: number): UserError {
  return new UserError({
    what: `Size mismatch for \`${url}\`.`,
    why: `Expected ${bytes} bytes, got more. Nothing was kept.`,
  });
}

/** Whether a partial answer begins where ours ends. */
function resumesAt(response: Response, from: number): boolean {
  return response.headers.get('content-range')?.startsWith(`bytes ${from}-`) ?? false;
}

/** Aborts when either does (AbortSignal.any came with Node 20.3 only to its newest line). */
function abortOnEither(signal: AbortSignal, controller: AbortController): AbortSignal {
  if (signal.aborted) controller.abort();
  else signal.addEventListener('abort', () => controller.abort(), { once: true });
  return controller.signal;
}

/** fetch hides the reason in `cause`. */
function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  const reason = cause instanceof Error && cause.message ? cause.message : message;
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`.replace(/\.?$/, '.');
}

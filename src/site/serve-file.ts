import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname, resolve, sep } from 'node:path';
import send from 'send';

/**
 * The file that a URL path names below a folder.
 * @returns undefined where the path leaves the folder or is not well written
 */
export function fileBelow(folder: string, urlPath: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined;
  const root = resolve(folder);
  const path = resolve(root, `./${decoded}`);
  return isWithin(root, path) ? path : undefined;
}

/**
 * Where a path leads when all links are followed, if that is a file of the folder. The folder itself may be a link, links in it may
 * lead about inside, none leads out. Hidden files (`.name`) are not served.
 * @param path below the folder, absolute, as are all here
 * @returns undefined where there is no such file
 */
export async function followInside(folder: string, path: string): Promise<string | undefined> {
  try {
    const [root, file] = await Promise.all([realpath(folder), realpath(path)]);
    const hidden = [path.slice(resolve(folder).length), file.slice(root.length)].some((part) =>
      part.split(sep).some((name) => name.startsWith('.')),
    );
    return isWithin(root, file) && !hidden && (await stat(file)).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

const isWithin = (root: string, path: string): boolean =>
  path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);

export interface SendOptions {
  /** Value of Cache-Control. */
  readonly cache?: string;
}

/**
 * Answers with a file as static hosts do: ETag, conditional requests and ranges.
 * @returns false where there is no such file: then nothing has been sent
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { cache = 'no-cache' }: SendOptions = {},
): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return false;
  return new Promise((done) => {
    response.on('close', () => done(true));
    // The caller has checked the path, its folders may be hidden ones.
    send(request, `/${encodeURIComponent(basename(path))}`, {
      ...{ root: dirname(path), index: false, dotfiles: 'allow' },
      ...{ lastModified: false, cacheControl: false },
    })
      .on('headers', () => {
        response.setHeader('Cache-Control', cache);
        response.setHeader('X-Content-Type-Options', 'nosniff');
      })
      .on('error', ({ status }: { status?: number }) => {
        // Its own answers name files.
        if (response.headersSent) return void response.destroy();
        if (status === 416 || status === 412)
          return refuse(response, status, 'The file does not have the requested range.');
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        done(false);
      })
      .pipe(response);
  });
}

/** Answers in words. */
export function refuse(response: ServerResponse, status: number, text: string): void {
  for (const name of ['ETag', 'Accept-Ranges', 'Content-Length']) response.removeHeader(name);
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(`${text}\n`);
}

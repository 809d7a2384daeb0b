import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { fileBelow, sendFile } from './serve-file.ts';

export interface PreviewOptions {
  /** The built gallery. */
  readonly dir: string;
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** Path the gallery lies under, as on a server shared with others: `/base/`. */
  readonly base?: string;
}

export interface RunningServer {
  /** Address of the gallery's first page. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a built gallery as any plain web server would: files, and index.html for folders. */
export async function servePreview({
  dir,
  host = 'localhost',
  port,
  base = '/',
}: PreviewOptions): Promise<RunningServer> {
  const prefix = `/${base.replace(/^\/+|\/+$/g, '')}/`.replace('//', '/');
  const server = createServer((request, response) => {
    answer(request, response, dir, prefix).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portTaken(port) : error);
    });
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${actual}${prefix}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  dir: string,
  prefix: string,
): Promise<void> {
  const head = request.method === 'HEAD';
  if (request.method !== 'GET' && !head) return refuse(response, 405, 'Only GET and HEAD are answered here.');
  const path = (request.url ?? '/').split(/[?#]/)[0]!;
  if (!path.startsWith(prefix)) return refuse(response, 404, `The gallery lies under ${prefix}`);
  const file = fileBelow(dir, path.slice(prefix.length));
  if (file === undefined) return refuse(response, 400, 'This is not a path.');
  if (path.endsWith('/')) {
    if (await sendFile(response, join(file, 'index.html'), { head })) return;
  } else {
    const cache = path.slice(prefix.length).startsWith('assets/')
      ? 'max-age=31536000, immutable'
      : 'no-cache';
    if (await sendFile(response, file, { head, cache })) return;
    // A folder without its slash: relative links on its page would miss.
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (await sendable(join(file, 'index.html'))) {
      response.writeHead(301, { Location: `${name}/` }).end();
      return;
    }
  }
  refuse(response, 404, 'There is no such page.');
}

async function sendable(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function portTaken(port: number): UserError {
  return new UserError({
    what: `Port ${port} is taken by another program.`,
    hint: 'Choose another with --port, or --port 0 for any free one.',
  });
}

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { createHostCheck, explainRefusal, type HostCheck, type HostOptions } from './hosts.ts';
import { fileBelow, followInside, refuse, sendFile } from './serve-file.ts';

export interface PreviewOptions extends Partial<HostOptions> {
  /** The built gallery. It may be replaced while it is served. */
  readonly dir: string;
  /** 0: any free one. */
  readonly port: number;
  /** Path the gallery lies under, as on a server shared with others: `/base/`. With or without percent-encoding. */
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
  allowedHosts = [],
  port,
  base = '/',
}: PreviewOptions): Promise<RunningServer> {
  const site: Site = { dir, base: readBase(base), answers: createHostCheck({ host, allowedHosts }) };
  const server = createServer((request, response) => {
    answer(request, response, site).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${actual}${pathOf(site.base)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Site {
  readonly dir: string;
  /** Names of the folders that the gallery lies under, decoded. */
  readonly base: readonly string[];
  readonly answers: HostCheck;
}

async function answer(request: IncomingMessage, response: ServerResponse, site: Site): Promise<void> {
  const { dir, base, answers } = site;
  if (!answers(request.headers.host)) return refuse(response, 403, explainRefusal(request.headers.host));
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'Only GET and HEAD requests are answered.');
  }
  const [url = '', query] = (request.url ?? '').split('#')[0]!.split(/\?(.*)/s);
  const parts = url.split('/').slice(1);
  const decoded = parts.map(decodePart);
  if (!url.startsWith('/') || decoded.includes(undefined))
    return refuse(response, 400, 'The path of the request is invalid.');
  const redirect = (to: string) => {
    response.writeHead(301, { Location: query === undefined ? to : `${to}?${query}` }).end();
  };
  if (base.some((name, index) => decoded[index] !== name)) {
    return refuse(response, 404, `The gallery is at ${pathOf(base)}.`);
  }
  const last = parts.at(-1)!;
  // A folder without its slash: relative links on its page would miss. With a colon it would be taken for a scheme.
  const folder = last.includes(':') ? `./${last}/` : `${last}/`;
  if (parts.length === base.length) return redirect(folder);
  const path = parts.slice(base.length).join('/');
  const file = fileBelow(dir, path);
  if (file === undefined) return refuse(response, 400, 'The path of the request is invalid.');
  const found = await followInside(dir, last === '' ? join(file, 'index.html') : file);
  const cache = path.startsWith('assets/') ? 'max-age=31536000, immutable' : 'no-cache';
  if (found !== undefined && (await sendFile(request, response, found, { cache }))) return;
  if (last !== '' && (await followInside(dir, join(file, 'index.html')))) return redirect(folder);
  const page = await followInside(dir, join(dir, '404.html'));
  if (page === undefined) return refuse(response, 404, 'The page does not exist.');
  response.writeHead(404, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(await readFile(page));
}

/** Letters with accents can be written in two ways; addresses are compared in one. */
function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part).normalize('NFC');
  } catch {
    return undefined;
  }
}

/** @throws UserError where no browser would ask for such a path */
function readBase(base: string): string[] {
  const parts = base.split('/').filter((part) => part !== '');
  // A percent sign that encodes nothing stands for itself.
  const names = parts.map((part) => decodePart(part) ?? part.normalize('NFC'));
  const wrong = names.find((name) => /^\.{1,2}$|[/\\\p{Cc}\p{Cs}]/u.test(name));
  if (wrong !== undefined) {
    throw new UserError({
      what: `\`--base\` cannot have the folder \`${wrong}\` in its path.`,
      hint: 'Write the path of the address, for example `/team/gallery/`.',
    });
  }
  return names;
}

const pathOf = (base: readonly string[]): string =>
  `/${base.map((name) => `${encodeURIComponent(name)}/`).join('')}`;

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new UserError({
      what: `Another program uses port ${port}.`,
      hint: 'Choose another port with `--port`, or any free one with `--port 0`.',
    });
  }
  if (error.code === 'ENOTFOUND' || error.code === 'EADDRNOTAVAIL' || error.code === 'EAI_AGAIN') {
    return new UserError({
      what: `\`${host}\` is not a name or address of this machine.`,
      hint: 'Leave the value of `--host` out to serve at all addresses.',
    });
  }
  if (error.code === 'EACCES') {
    return new UserError({
      what: `Port ${port} needs more permissions.`,
      hint: 'Choose a port above 1023 with `--port`.',
    });
  }
  return error;
}

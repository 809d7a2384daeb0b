import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface Server {
  /** Ends with the sub-path and a slash. */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Serves a folder's files below a sub-path, as a page among others on someone's site would be. Stricter than most servers:
 * a folder is not found, so that links which leave out index.html show up.
 */
export async function serveFolder(
  folder: string,
  subPath: string,
  { compress = false }: { /** Text, as hosts of static sites do. */ readonly compress?: boolean } = {},
): Promise<Server> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = path.startsWith(subPath) ? normalize(join(folder, path.slice(subPath.length))) : '';
    const inside = file.startsWith(normalize(folder + sep));
    const read = inside ? readFile(file) : Promise.reject(new Error('outside'));
    read.then(
      (bytes) => {
        const type = types[extname(file)] ?? 'application/octet-stream';
        const isPacked = compress && /^text|json|svg/.test(type);
        const encoding = isPacked ? { 'content-encoding': 'gzip' } : {};
        response.writeHead(200, { 'content-type': type, ...encoding });
        response.end(isPacked ? gzipSync(bytes) : bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}${subPath}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

import { createServer, request as send } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Asked {
  /** `GET /lab/prefix/name`, without the query. */
  readonly what: string;
  readonly query: URLSearchParams;
}

/** What happens to one request on its way, or to its answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  /** The connection is closed: before the request is passed on, or in the middle of the answer's body. */
  | { readonly kind: 'cut'; readonly at: 'request' | 'body' }
  /** The whole body, but for its last byte, under a length that says so. */
  | { readonly kind: 'short' }
  | { readonly kind: 'flip'; readonly at: 'request' | 'body' }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** Nothing ever comes: at once, or after half of the body. */
  | { readonly kind: 'silent'; readonly at: 'request' | 'body' }
  /** A part of the answer's text is left out. */
  | { readonly kind: 'edit'; readonly edit: (text: string) => string };

export interface FaultyProxy {
  readonly port: number;
  /** All that was asked, in order. */
  readonly asked: Asked[];
  fault: (asked: Asked) => Fault | undefined;
  /** Closes every connection and refuses new ones, as long as that takes. */
  down(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Passes requests on to a server on this machine, with faults. */
export async function startProxy(target: number): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, 'http://localhost');
    const asked = { what: `${request.method} ${decodeURIComponent(url.pathname)}`, query: url.searchParams };
    proxy.asked.push(asked);
    const fault = proxy.fault(asked);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (fault?.kind === 'status') {
      response.writeHead(fault.status, { 'content-type': 'application/xml' });
      return void response.end(`<Error><Code>${fault.code}</Code><Message>Try again.</Message></Error>`);
    }
    if (fault?.kind === 'cut' && fault.at === 'request') return void request.socket.destroy();
    if (fault?.kind === 'silent' && fault.at === 'request') return;
    if (fault?.kind === 'slow') await sleep(fault.milliseconds);
    if (fault?.kind === 'flip' && fault.at === 'request') flip(body);
    const answer = await passOn(request, body);
    let bytes = answer.body;
    if (fault?.kind === 'flip' && fault.at === 'body') flip(bytes);
    if (fault?.kind === 'short') bytes = bytes.subarray(0, -1);
    if (fault?.kind === 'edit') bytes = Buffer.from(fault.edit(bytes.toString('utf8')));
    const length = request.method === 'HEAD' ? answer.headers['content-length'] : String(bytes.length);
    const { 'transfer-encoding': _, ...headers } = answer.headers;
    response.writeHead(answer.status, {
      ...headers,
      ...(length !== undefined && { 'content-length': length }),
    });
    const isHalf = fault !== undefined && 'at' in fault && fault.at === 'body' && fault.kind !== 'flip';
    if (!isHalf) return void response.end(bytes);
    response.write(bytes.subarray(0, bytes.length >> 1));
    if (fault.kind === 'cut') setTimeout(() => request.socket.destroy(), 5);
  };
  const passOn = (request: IncomingMessage, body: Buffer) =>
    new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>((resolve, reject) => {
      const { method, url, headers } = request;
      const passed = send({ host: '127.0.0.1', port: target, method, path: url, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
        answer.on('error', reject);
      });
      passed.on('error', reject);
      passed.end(body);
    });

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const proxy: FaultyProxy = {
    ...{ port, asked: [], fault: () => undefined, close },
    async down(milliseconds) {
      await close();
      await sleep(milliseconds);
      await listen(port);
    },
  };
  return proxy;
}

function flip(bytes: Buffer): void {
  if (bytes.length > 0) bytes[bytes.length >> 1]! ^= 1;
}

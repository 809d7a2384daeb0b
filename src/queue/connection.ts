import type { Redis as Client } from 'ioredis';
import { WorkError } from '../errors.ts';
import type { Logger } from '../effects.ts';
import { withoutCredentials } from './address.ts';
import type { QueueAddress } from './address.ts';
import { loadBull } from './bull.ts';

/** Of all keys in Redis. */
export const PREFIX = 'filterscope';

/** Milliseconds. */
const PATIENCE = 5_000;
const LONGEST_PAUSE = 2_000;

export interface Connection {
  readonly client: Client;
  /** Says once what is wrong with the server, and once that it is well again. BullMQ reports its own errors here. */
  report(error: unknown): void;
  /** Called each time the server is there again after it was not. */
  onBack(listener: () => void): void;
  close(): void;
}

/** What passes when the server is well again. */
const TROUBLES: readonly (readonly [RegExp, string])[] = [
  [/^OOM /, 'has no memory left (`maxmemory`)'],
  [/^READONLY /, 'is read-only'],
  [/^NOREPLICAS /, 'has too few replicas, and refuses writes'],
  [/^MISCONF /, 'cannot save to its disk, and refuses writes'],
  [/^LOADING /, 'is loading its data'],
  [/^(?:MASTERDOWN|CLUSTERDOWN|TRYAGAIN)\b/, 'has lost its master'],
  [
    /ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|Connection is closed|Stream isn't writeable/i,
    'cannot be reached',
  ],
];

/** What is wrong with the server; undefined where the error is of another kind. */
export function troubleOf(error: unknown): string | undefined {
  const message = messageOf(error).replace(/^ReplyError: /, '');
  return TROUBLES.find(
    ([pattern]) =>
      pattern.test(message.replace(/^ERR Error running script.*?: @?/, '')) || pattern.test(message),
  )?.[1];
}

/** @throws WorkError where the server does not answer, or not to this user */
export async function connect(address: QueueAddress, log: Logger): Promise<Connection> {
  const { Redis } = loadBull();
  const client = new Redis(address.url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectionName: 'filterscope',
    connectTimeout: PATIENCE,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LONGEST_PAUSE),
    // A server that has become a replica says so, and the name may lead to the new master by now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  // Queues and workers listen to the same connection.
  client.setMaxListeners(50);
  let trouble: string | undefined;
  let isOpen = false;
  const back: (() => void)[] = [];
  const report = (error: unknown): void => {
    const found = troubleOf(error) ?? `reports an error: ${withoutCredentials(messageOf(error))}`;
    if (!isOpen || found === trouble) return;
    trouble = found;
    log.warn(`The queue \`${address.shown}\` ${found}. The work goes on when it is well again.`);
  };
  const well = (): void => {
    if (trouble !== undefined) log.info(`The queue \`${address.shown}\` is there again.`);
    trouble = undefined;
    for (const listener of back) listener();
  };
  client.on('error', report);
  try {
    await firstConnection(client, address);
  } catch (error) {
    client.disconnect();
    throw error;
  }
  isOpen = true;
  client.on('ready', well);
  return {
    client,
    report,
    onBack: (listener) => void back.push(listener),
    close() {
      isOpen = false;
      client.disconnect();
    },
  };
}

/** What no waiting mends. */
const FINAL = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:invalid|AUTH|DB index|unknown))/;

/** Waits a while for a server that is just being started. */
async function firstConnection(client: Client, { shown }: QueueAddress): Promise<void> {
  let last: unknown;
  let timer: NodeJS.Timeout | undefined;
  try {
    const refused = new Promise<never>((_, reject) => {
      client.on('error', (error) => {
        last = error;
        if (FINAL.test(error.message)) reject(error);
      });
      timer = setTimeout(() => reject((last as Error | undefined) ?? new Error('no answer')), PATIENCE);
    });
    client.connect().catch(() => {}); // it goes on trying
    await Promise.race([client.ping(), refused]);
  } catch (error) {
    throw new WorkError({
      what: `Cannot connect to the queue \`${shown}\`.`,
      why: `${withoutCredentials(messageOf(error)).replace(/\.$/, '')}.`,
      hint: 'Check that the server runs, its address, user and password.',
    });
  } finally {
    clearTimeout(timer);
  }
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

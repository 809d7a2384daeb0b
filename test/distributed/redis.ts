import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { parseQueueAddress } from '../../src/queue/address.ts';
import type { QueueAddress } from '../../src/queue/address.ts';

/** Redis or Valkey, whichever is installed; tests that need one are skipped, and say so, without. */
export const serverProgram = ['redis-server', 'valkey-server'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);

export const PASSWORD = 'open-sesame-1234';

/** A server of its own, which forgets everything when it ends unless it is told to keep it. */
export class TestRedis {
  private child: ChildProcess | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), 'filterscope-redis-'));
  private client: Redis | undefined;

  private constructor(
    readonly port: number,
    private readonly keeps: boolean,
  ) {}

  static async start({ keeps = false } = {}): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), keeps);
    await redis.begin();
    return redis;
  }

  get address(): QueueAddress {
    return parseQueueAddress(`redis://:${PASSWORD}@127.0.0.1:${this.port}`);
  }

  async begin(): Promise<void> {
    const save = this.keeps ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--requirepass', PASSWORD];
    this.child = spawn(serverProgram!, [...args, '--dir', this.folder, '--save', '', ...save], {
      stdio: 'ignore',
    });
    const client = (this.client ??= this.connect());
    while ((await client.ping().catch(() => '')) !== 'PONG') await sleep(20);
  }

  private connect(): Redis {
    // Errors are those of a server that the test has killed.
    return new Redis(this.address.url, { retryStrategy: () => 20 }).on('error', () => {});
  }

  /** A connection of the test itself. */
  get own(): Redis {
    return this.client!;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const over = once(child, 'exit');
    child.kill(signal);
    await over;
  }

  async end(): Promise<void> {
    this.client?.disconnect();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

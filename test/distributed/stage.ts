import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { packageRoot } from '../../src/package-root.ts';
import type { WorkerTimes } from '../../src/queue/run-worker.ts';
import { makeWorkspace } from '../publish/workspace.ts';
import type { Workspace } from '../publish/workspace.ts';
import type { Message, Order } from './actor.ts';
import { TestRedis } from './redis.ts';

/** Those of tests: a dead worker is noticed soon. */
export const SHORT: WorkerTimes = { lock: 2_000, stalled: 500, look: 200 };

/** A process of `actor.ts`. */
export class Actor {
  readonly lines: string[] = [];
  units = 0;
  failure: string | undefined;
  /** Resolves when what it was told to do is over, well or not. */
  readonly over: Promise<void>;
  private readonly child: ChildProcess;

  constructor(file: string, order: Order, execArgv: readonly string[] = []) {
    this.child = fork(file, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [...execArgv] });
    this.over = new Promise((resolve) => {
      this.child.on('message', (message: Message) => {
        if (message.kind === 'ready') this.child.send(order, () => {});
        if (message.kind === 'line') this.lines.push(message.line);
        if (message.kind === 'unit') this.units += 1;
        if (message.kind !== 'over') return;
        this.failure = message.failure;
        resolve();
      });
      this.child.on('exit', () => resolve());
    });
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
  }
}

/** A workspace, a queue, and processes. */
export class Stage {
  private readonly actors: Actor[] = [];
  private rounds = 0;

  private constructor(
    readonly workspace: Workspace,
    readonly redis: TestRedis,
    private readonly file: string,
  ) {}

  static async open(
    files: Readonly<Record<string, string>>,
    settings: { readonly keeps?: boolean } = {},
  ): Promise<Stage> {
    const folder = join(packageRoot, '.build', `tmp-${process.pid}-actor`);
    await mkdir(folder, { recursive: true });
    const file = join(folder, 'actor.js');
    await bundle({
      entryPoints: [join(packageRoot, 'test/distributed/actor.ts')],
      outfile: file,
      ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20.3' },
    });
    const stage = new Stage(await makeWorkspace(files), await TestRedis.start(settings), file);
    await stage.round();
    return stage;
  }

  /** From now on the build begins with nothing. */
  async round(): Promise<void> {
    this.rounds += 1;
    await mkdir(this.store, { recursive: true });
  }

  get store(): string {
    return join(this.workspace.folder, `store-${this.rounds}`);
  }

  /** Options of the process of that name. */
  options(name: string): Order['options'] {
    const folder = join(this.workspace.folder, `${name}-${this.rounds}`);
    const { options } = this.workspace;
    return {
      ...options,
      store: this.store,
      cache: join(folder, 'cache'),
      out: join(folder, 'dist'),
      jobs: 1,
    };
  }

  start(
    move: Order['move'],
    name: string,
    more: Partial<Order> & { readonly execArgv?: readonly string[] } = {},
  ): Actor {
    const { execArgv = [], ...rest } = more;
    const order = { move, options: this.options(name), queue: this.redis.address.url, times: SHORT, ...rest };
    const actor = new Actor(this.file, order, execArgv);
    this.actors.push(actor);
    return actor;
  }

  async close(): Promise<void> {
    await Promise.all(this.actors.map((actor) => actor.end()));
    await this.redis.end();
    await rm(join(this.file, '..'), { recursive: true, force: true });
    await rm(this.workspace.folder, { recursive: true, force: true });
  }
}

import { fork } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { compiledFile } from '../compiled-file.ts';
import { namingPath } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import type { PageReply, OpenRequest, PageRequest } from './page-protocol.ts';

type Opened = Extract<PageReply, { kind: 'opened' }>;
type Done = Extract<PageReply, { kind: 'done' }>;

/** The parent's side of a process that renders pages (page-process.ts). One request at a time. */
export interface PageProcess {
  /** @throws where a page's data cannot be read, or the process ended */
  open(request: OpenRequest): Promise<Opened>;
  /** Runs one task. */
  run(task: number): Promise<Done>;
  /** Lines that it printed, which nothing of this program does. */
  output(): readonly string[];
  /** Ends it, whatever it is at. */
  stop(): void;
}

/**
 * A page's HTML is many short strings: with the usual 16 they are collected while a page is still made of them. With more than this a process
 * takes 100 MB more, and no less time.
 */
const YOUNG_MEGABYTES = 32;

/** Starts a process, which loads the pages at once. */
export function startPageProcess(): PageProcess {
  const child = fork(compiledFile('page-process.js'), {
    cwd: packageRoot,
    serialization: 'advanced',
    execArgv: ['--enable-source-maps', `--max-semi-space-size=${YOUNG_MEGABYTES}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  let outDir = '';
  const listen = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout!.on('data', listen);
  child.stderr!.on('data', listen);
  let waiting: ((reply: PageReply) => void) | undefined;
  child.on('message', (reply: PageReply) => waiting?.(reply));
  const ended = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('close', () => reject(failed(mainLine(output), output.trim())));
  });
  // A process that never requests pages gets no message.
  ended.catch(() => {});

  const ask = async (request: PageRequest): Promise<PageReply> => {
    const replied = new Promise<PageReply>((resolve) => (waiting = resolve));
    // A child that died early says why on stderr; that it cannot be asked says nothing.
    child.send(request, () => {});
    const reply = await Promise.race([replied, ended]);
    if (reply.kind !== 'failed') return reply;
    const { code, path = outDir, message, stack } = reply;
    const error = Object.assign(failed(message, stack), { code });
    return namingPath(path, () => Promise.reject(error));
  };

  return {
    async open(request) {
      ({ outDir } = request);
      return (await ask({ do: 'open', ...request })) as Opened;
    },
    async run(task) {
      return (await ask({ do: 'task', task })) as Done;
    },
    output: () => linesOf(output),
    stop: () => void child.kill('SIGKILL'),
  };
}

const failed = (reason: string, details: string): Error =>
  new Error(`The pages could not be rendered: ${reason}\n${details}`);

const linesOf = (output: string): readonly string[] =>
  output
    .split('\n')
    .map((line) => stripVTControlCharacters(line).trim())
    .filter((line) => line !== '');

/** Of all that a failed process printed, the line that says why. */
function mainLine(output: string): string {
  const lines = linesOf(output);
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'the process ended without a message.';
}

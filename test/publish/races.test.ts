import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { compare, readManifest } from '../../src/publish/manifest.ts';
import { sha256 } from '../../src/hash.ts';
import { listFolder } from '../../src/store/store.ts';
import type { Move, Order, Outcome } from './racer.ts';
import { makeWorkspace, SMALL_EXPERIMENT } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/** FILTERSCOPE_RACES=200 runs many more of them. */
const RACES = Number(process.env['FILTERSCOPE_RACES'] ?? 4);
const PROCESSES = 4;
/** Of so many races one has a process killed. */
const KILLED = 4;
/** Milliseconds to start. */
const SETUP = 300_000;

/** Of so many races one has experiments that need other numbers, for which models run; else only colours change. */
const COMPUTED = 10;

/** Two experiments, each in three versions: what one needs is unused by the other. */
const versions = [
  SMALL_EXPERIMENT,
  SMALL_EXPERIMENT.replace('images: all', 'images: all\n    colormap: magma'),
  SMALL_EXPERIMENT.replace('filters: [0, 2]', 'filters: [1, 4]'),
] as const;
const other = (text: string): string => text.replace('seed: 3', 'seed: 4').replace('Small', 'Other');

let workspace: Workspace;
let racerFile: string;
const racers: Racer[] = [];
/** By version of the first experiment and of the second. */
const references = new Map<string, string[]>();

/** A process that outlives many races, unless it is killed. */
class Racer {
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(racerFile, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  make(order: Order): Promise<Outcome> {
    return new Promise((resolve) => {
      const over = (outcome: Outcome): void => {
        this.child.off('message', over).off('exit', ended);
        resolve(outcome);
      };
      const ended = (code: number | null, signal: string | null): void =>
        over({ failure: `ended with ${code ?? signal}` });
      this.child.on('message', over).on('exit', ended);
      this.child.send(order, () => {});
    });
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const over = once(this.child, 'exit');
    this.child.kill(signal);
    await over;
  }
}

beforeAll(async () => {
  workspace = await makeWorkspace();
  const folder = join(packageRoot, '.build', `tmp-${process.pid}-racer`);
  racerFile = join(folder, 'racer.js');
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [join(packageRoot, 'test/publish/racer.ts')],
    outfile: racerFile,
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20.3' },
  });
  racers.push(...Array.from({ length: PROCESSES }, () => new Racer()));
}, SETUP);
afterAll(async () => {
  await Promise.all(racers.map((racer) => racer.end()));
  await rm(join(racerFile, '..'), { recursive: true });
  await rm(workspace.folder, { recursive: true });
});

/** Path and hash of every file of a build that nobody disturbs. */
async function reference(a: number, b: number): Promise<string[]> {
  const known = references.get(`${a}${b}`);
  if (known) return known;
  expect(await racers[0]!.make(orderOf({ kind: 'build', ids: [] }, undisturbed()))).toEqual({});
  const found = await hashes(join(undisturbed(), 'dist'));
  references.set(`${a}${b}`, found);
  return found;
}

const undisturbed = (): string => join(workspace.folder, 'undisturbed');

const choose = (a: number, b: number): Promise<void> =>
  workspace.write({ 'experiments/a.yaml': versions[a]!, 'experiments/b.yaml': other(versions[b]!) });

const orderOf = (move: Move, folder = workspace.folder, delay = 0): Order => ({
  ...{ move, delay, pause: 5 },
  options: { ...workspace.options, backend: 'cpu', out: join(folder, 'dist'), cache: join(folder, 'cache') },
});

async function hashes(dist: string): Promise<string[]> {
  const files = await listFolder(dist);
  return Promise.all(files.map(async ({ path }) => `${path} ${sha256(await readFile(join(dist, path)))}`));
}

const oneOf = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;

it(
  'many processes that share a cache and a gallery neither fail nor leave a wrong byte',
  async () => {
    const dist = workspace.options.out;
    await choose(0, 0);
    await reference(0, 0);
    // The races begin with results, and none of them is in a report.
    await cp(join(undisturbed(), 'cache'), workspace.options.cache, { recursive: true });
    for (let race = 0; race < RACES; race++) {
      const choices = race % COMPUTED === COMPUTED - 1 ? [0, 1, 2] : [0, 1];
      const [a, b] = [oneOf(choices), oneOf(choices)];
      await choose(a, b);
      const expected = await reference(a, b);
      const moves: Move[] = [
        { kind: 'build', ids: oneOf([[], ['a']]) },
        { kind: 'build', ids: oneOf([[], ['b']]) },
        oneOf<Move>([
          { kind: 'dev', rebuilds: 1 },
          { kind: 'build', ids: [] },
        ]),
        { kind: 'clean' },
      ];
      const victim = race % KILLED === KILLED - 1 ? Math.floor(Math.random() * 3) : -1;
      const note = `race ${race}: ${JSON.stringify({ a, b, moves, victim })}`;
      const outcomes = await Promise.all([
        ...moves.map((move, index) => racers[index]!.make(orderOf(move, undefined, Math.random() * 150))),
        ...(victim < 0 ? [] : [sleep(Math.random() * 400).then(() => racers[victim]!.end())]),
      ]);
      const failures = outcomes.filter((outcome, index) => index !== victim && outcome?.failure);
      expect(failures, note).toEqual([]);
      if (victim >= 0) {
        racers[victim] = new Racer();
      } else {
        // Whoever came last has what those before had made.
        expect(await hashes(dist), note).toEqual(expected);
        expect(
          (await readdir(workspace.folder)).filter((name) => name.startsWith('.')),
          note,
        ).toEqual([]);
        expect(await readdir(join(workspace.options.cache, 'running')), note).toEqual([]);
      }
      const manifest = readManifest(dist);
      if (manifest) expect(compare(dist, manifest).changed, note).toEqual([]);

      expect(await racers[0]!.make(orderOf({ kind: 'build', ids: [] })), note).toEqual({});
      expect(await hashes(dist), note).toEqual(expected);
      expect(
        (await readdir(workspace.folder)).filter((name) => name.startsWith('.')),
        note,
      ).toEqual([]);
      expect(await readdir(join(workspace.options.cache, 'running')), note).toEqual([]);
    }
  },
  60_000 * (RACES + 4),
);

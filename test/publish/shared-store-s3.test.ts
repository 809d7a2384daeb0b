import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { seededRandom } from '../../src/random.ts';
import { startProxy } from '../store/shared/faulty-proxy.ts';
import type { Asked, Fault, FaultyProxy } from '../store/shared/faulty-proxy.ts';
import { CREDENTIALS, mentionMissingS3, s3Program, startS3, useS3 } from '../store/shared/s3-server.ts';
import type { S3Server } from '../store/shared/s3-server.ts';
import { forget, machine, noHost } from './machines.ts';
import { buildWithoutPages, galleryOf } from './small-gallery.ts';
import type { Workspace } from './workspace.ts';

mentionMissingS3();

/** Rounds of random faults, and the seconds of an outage; more of them than `npm test` has time for. */
const ROUNDS = Number(process.env['FILTERSCOPE_STORE_ROUNDS'] ?? 1);
const OUTAGE = Number(process.env['FILTERSCOPE_OUTAGE'] ?? 1);

const SMALL = {
  'experiments/small.yaml': `title: Small
model:
  input: [16, 16]
  layers: [{conv2d: {name: only, filters: 2, kernel: 3, activation: relu}}]
images: {folder: ../photos}
views:
  - {technique: feature-maps, layer: only, images: all, values: true, grid: 1x20}
`,
};

const faults: readonly Fault[] = [
  { kind: 'status', status: 500, code: 'InternalError' },
  { kind: 'status', status: 503, code: 'SlowDown' },
  // Objects that were written, and are not seen yet.
  { kind: 'status', status: 404, code: 'NoSuchKey' },
  { kind: 'cut', at: 'request' },
  { kind: 'cut', at: 'body' },
  { kind: 'flip', at: 'request' },
  { kind: 'flip', at: 'body' },
  { kind: 'slow', milliseconds: 50 },
  // A listing as it was before anyone came.
  { kind: 'edit', edit: (text) => text.replace(/<Contents>.*<\/Contents>/s, '') },
];

describe.skipIf(s3Program === undefined)('a build with its store in a bucket', () => {
  const host = shareHost();
  /** Builds at the same time have a model thread each, as processes have. */
  const another = shareHost();
  let server: S3Server;
  let proxy: FaultyProxy;
  let first: Workspace;
  let second: Workspace;
  let alone: readonly string[];
  let count = 0;

  beforeAll(async () => {
    server = await startS3();
    proxy = await startProxy(server.port);
    [first, second] = await Promise.all([machine(undefined, SMALL), machine(undefined, SMALL)]);
    await buildWithoutPages(first, host);
    alone = await galleryOf(first);
    await forget(first);
  });
  afterAll(async () => {
    await host.close();
    await another.close();
    await proxy.close();
    server.stop();
  });
  /** A store of its own for each test. */
  let store: string;
  beforeEach(() => {
    useS3(proxy.port);
    store = `s3://lab/store${count++}`;
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    proxy.fault = () => undefined;
    for (const each of [first, second]) await forget(each);
  });
  const sharing = (workspace: Workspace): Workspace => ({
    ...workspace,
    options: { ...workspace.options, store },
  });

  it('finds what another machine computed: nothing is computed again, and the gallery has the same bytes', async () => {
    await buildWithoutPages(sharing(first), host);
    expect(await galleryOf(first)).toEqual(alone);
    proxy.asked.length = 0;
    await buildWithoutPages(sharing(second), noHost);
    expect(await galleryOf(second)).toEqual(alone);
    const writes = proxy.asked.filter(({ what }) => what.startsWith('PUT'));
    expect(writes.map(({ what }) => what).filter((what) => !what.includes('/running/'))).toEqual([]);
    expect([...first.warnings, ...second.warnings].join()).not.toContain(CREDENTIALS.secretAccessKey);
  });

  it.each(Array.from({ length: ROUNDS }, (_, round) => round))(
    'gives the same bytes where every tenth request meets a fault (round %i)',
    async (round) => {
      const random = seededRandom(round, 'faults');
      proxy.fault = ({ what }: Asked) => {
        if (random() > 0.1) return undefined;
        const fault = faults[Math.floor(random() * faults.length)]!;
        return fault.kind === 'status' && fault.status === 404 && !/^(GET|HEAD) \/lab\/./.test(what)
          ? undefined
          : fault;
      };
      await Promise.all([
        buildWithoutPages(sharing(first), host),
        buildWithoutPages(sharing(second), another),
      ]);
      expect(await galleryOf(first)).toEqual(alone);
      expect(await galleryOf(second)).toEqual(alone);
      await forget(second);
      await buildWithoutPages(sharing(second), host);
      expect(await galleryOf(second)).toEqual(alone);
    },
  );

  it('waits for the end of an outage, and no longer', async () => {
    const begun = performance.now();
    await buildWithoutPages(sharing(second), host);
    const undisturbed = performance.now() - begun;
    store = `${store}-again`;
    const start = performance.now();
    const building = buildWithoutPages(sharing(first), host);
    await sleep(undisturbed / 3);
    await proxy.down(OUTAGE * 1_000);
    await building;
    const took = performance.now() - start;
    expect(await galleryOf(first)).toEqual(alone);
    // The longest pause is a second; the rest is this machine's other work.
    expect(took).toBeLessThan(2 * undisturbed + OUTAGE * 1_000 + 3_000);
    process.stderr.write(
      `An outage of ${OUTAGE} s: the build took ${(took / 1_000).toFixed(1)} s instead of ${(undisturbed / 1_000).toFixed(1)} s.\n`,
    );
  });
});

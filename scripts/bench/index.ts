/** What `npm run bench` measures: this machine's backends, and Python where it is installed, on the same work, as ratios. */
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { chooseBackend, type Backend, type BackendName } from '../../src/backend/choose.ts';
import { readNativeManifest } from '../../src/backend/native/manifest.ts';
import type { Effects } from '../../src/effects.ts';
import { createModel } from '../../src/model/executor.ts';
import { openModel } from '../../src/model/open.ts';
import { cases, type Case } from './cases.ts';
import { DREAM_SIDE, dreamLayers, timeDreamStep } from './dreams.ts';
import { objectives, reach } from './objective.ts';
import { REPORT, timeReport } from './report.ts';
import { runPeers, type PeerScript, type PeerTime } from './peers.ts';
import { formatTable, type Measurement } from './table.ts';

export interface BenchRequest {
  readonly backend: 'auto' | BackendName;
  readonly cache: string;
  readonly nativeDir: string;
  readonly jobs?: number;
  /** The Python that the peers are looked for in. */
  readonly python: string;
  /** VGG16's trained weights without the top, a file of Keras'; what depends on their values is left out without them. */
  readonly weights?: string;
  /** Measurements as JSON lines instead of a table. */
  readonly json: boolean;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** Runs for so long, in milliseconds, or so often: whichever comes later. The first two are not counted: code is still being compiled. */
const LEAST_TIME = 3000;
const LEAST_RUNS = 7;

/** Case by case, so that what is compared is measured within the same minute. */
export async function runBench(request: BenchRequest): Promise<void> {
  const { effects, signal, print, json, jobs, nativeDir, python } = request;
  const measurements: Measurement[] = [];
  const missing = new Set<string>();
  const add = (measurement: Measurement): void => {
    measurements.push(measurement);
    if (json) print(JSON.stringify({ event: 'bench', ...measurement }));
  };
  const peersOf = async (
    script: PeerScript,
    ...args: readonly (string | number)[]
  ): Promise<readonly PeerTime[]> => {
    const { times, missing: absent } = await runPeers(python, script, args, signal);
    for (const reason of absent) if (!missing.has(reason)) effects.log.warn(`No peer: ${reason}`);
    absent.forEach((reason) => missing.add(reason));
    return times;
  };
  const threads = jobs ?? availableParallelism();
  const start = (backendName: BackendName): Promise<Backend> =>
    chooseBackend({ requested: backendName, nativeDir, threads });
  for (const one of cases) {
    effects.log.info(`${one.name} …`);
    for (const backendName of choose(request)) {
      if (one.nativeOnly && backendName !== 'tensorflow') continue;
      if (signal.aborted) throw new Error('stopped');
      const backend = await start(backendName);
      add({ name: one.name, backend: title(backend), ...(await measure(one, request)) });
    }
    if (!one.peer) continue;
    const { layer, batch } = one.peer;
    for (const { peer, milliseconds, processor } of await peersOf('ascent', layer, batch, threads)) {
      add({
        name: one.name,
        backend: peer,
        milliseconds: milliseconds / batch,
        processor: processor / batch,
      });
    }
  }
  for (const layer of dreamLayers) {
    const name = `dream step on ${layer} of efficientnet-lite0, ${DREAM_SIDE}x${DREAM_SIDE}`;
    effects.log.info(`${name} …`);
    for (const backendName of choose(request)) {
      const backend = await start(backendName);
      add({ name, backend: title(backend), ...(await timeDreamStep(layer, effects.now, signal)) });
    }
    for (const { peer, milliseconds, processor } of await peersOf('dream', layer, threads))
      add({ name, backend: peer, milliseconds, processor });
  }
  const { images, size } = REPORT;
  const report = `report, ${size}x${size}, all filters of every convolution, each of ${images} (peer: prediction alone)`;
  effects.log.info(`${report} …`);
  for (const name of choose(request)) {
    const time = { backend: name, project: dirname(nativeDir), jobs: threads, signal };
    add({ name: report, backend: name, milliseconds: await timeReport(time) });
  }
  for (const { peer, milliseconds, processor } of await peersOf('predict', size, images, threads))
    add({ name: report, backend: peer, milliseconds: milliseconds / images, processor: processor / images });
  for (const one of request.weights ? objectives : []) {
    const name = `${one.layer}: filters ${one.filters.join(', ')} as strong as the peer's`;
    effects.log.info(`${name} …`);
    const [theirs] = await peersOf('objective', request.weights!, one.layer, threads, ...one.filters);
    if (!theirs?.values) break;
    const backend = await start(choose(request).at(-1)!);
    const tries = await reach(request.weights!, one, theirs.values, effects.now, signal);
    const { steps, values, ...took } = tries.at(-1)!;
    const ratios = values.map((value, i) => (value / theirs.values![i]!).toFixed(2)).join(', ');
    effects.log.info(`  ${steps} steps: ${ratios} of the peer's`);
    if (!values.every((value, i) => value >= theirs.values![i]!)) continue;
    add({ name, backend: title(backend), ...took });
    add({ name, backend: theirs.peer, milliseconds: theirs.milliseconds, processor: theirs.processor });
  }
  if (!json) print(formatTable(measurements));
}

const title = ({ name, version, device }: Backend): string => `${name} ${version} (${device})`;

/** WebAssembly first: it runs everywhere, so it is what the others are compared with. */
function choose({ backend, nativeDir }: BenchRequest): BackendName[] {
  const others: BackendName[] =
    backend === 'auto' ? (readNativeManifest(nativeDir) ? ['tensorflow'] : []) : [backend];
  return ['wasm', ...others.filter((name) => name !== 'wasm')];
}

/** Median time and mean processor time of a run, in milliseconds for each image of its batch. */
async function measure(
  { size, batch, run }: Case,
  { cache, effects }: BenchRequest,
): Promise<{ milliseconds: number; processor: number }> {
  const source = await openModel(
    {
      source: { kind: 'zoo', name: 'vgg16' },
      weights: 'random',
      includeTop: false,
      input: [size, size],
      inputChannels: 3,
    },
    { cacheDir: cache, seed: 1, place: () => ({ file: 'bench' }) },
  );
  const model = await createModel(source);
  try {
    for (let warm = 0; warm < 2; warm += 1) await run(model);
    const times: number[] = [];
    const begin = effects.now();
    const before = process.cpuUsage();
    while (times.length < LEAST_RUNS || effects.now() - begin < LEAST_TIME) {
      const start = effects.now();
      await run(model);
      times.push(effects.now() - start);
    }
    const { user, system } = process.cpuUsage(before);
    times.sort((a, b) => a - b);
    return {
      milliseconds: times[Math.floor(times.length / 2)]! / batch,
      processor: (user + system) / 1e3 / times.length / batch,
    };
  } finally {
    model.dispose();
  }
}

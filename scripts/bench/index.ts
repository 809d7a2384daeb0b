/** What `npm run bench` measures: the backends of this machine on the same work, as ratios to WebAssembly. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../../src/backend/tf.ts';
import { chooseBackend, type Backend, type BackendName } from '../../src/backend/choose.ts';
import { readNativeManifest } from '../../src/backend/native/manifest.ts';
import type { Effects } from '../../src/effects.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import { openModel } from '../../src/model/open.ts';
import { formatTable, type Measurement } from './table.ts';

export interface BenchRequest {
  readonly backend: 'auto' | BackendName;
  readonly cache: string;
  readonly nativeDir: string;
  readonly jobs?: number;
  /** Measurements as JSON lines instead of a table. */
  readonly json: boolean;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** A piece of work: VGG16 without its classifier at an input size, random weights (their values don't change the time). */
interface Case {
  readonly name: string;
  readonly size: number;
  /** Runs once and waits for the numbers. */
  readonly run: (model: Model) => Promise<void>;
}

const cases: readonly Case[] = [
  {
    name: 'VGG16 forward, 224x224, last map',
    size: 224,
    run: (model) => forward(model, [model.layers.length - 1]),
  },
  {
    name: 'VGG16 forward, 256x256, every convolution',
    size: 256,
    run: (model) =>
      forward(
        model,
        model.layers.filter(({ type }) => type === 'Conv2D').map(({ index }) => index),
      ),
  },
  {
    name: 'VGG16 gradient of block3_conv1, 224x224',
    size: 224,
    run: (model) => gradient(model, 'block3_conv1'),
  },
];

/** Runs for so long, in milliseconds, or so often: whichever comes later. The first two are not counted: code is still being compiled. */
const LEAST_TIME = 3000;
const LEAST_RUNS = 7;

export async function runBench(request: BenchRequest): Promise<void> {
  const { effects, signal, print, json, jobs, nativeDir } = request;
  const measurements: Measurement[] = [];
  for (const want of choose(request)) {
    const backend = await chooseBackend({
      want,
      nativeDir,
      ...(jobs === undefined ? {} : { threads: jobs }),
    });
    effects.log.info(`${title(backend)} …`);
    for (const one of cases) {
      if (signal.aborted) throw new Error('stopped');
      const milliseconds = await measure(one, request);
      measurements.push({ name: one.name, backend: title(backend), milliseconds });
      if (json) print(JSON.stringify({ event: 'bench', ...measurements.at(-1) }));
    }
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

/** @returns the median time of a run, in milliseconds */
async function measure({ size, run }: Case, { cache, effects }: BenchRequest): Promise<number> {
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
    while (times.length < LEAST_RUNS || effects.now() - begin < LEAST_TIME) {
      const start = effects.now();
      await run(model);
      times.push(effects.now() - start);
    }
    times.sort((a, b) => a - b);
    return times[Math.floor(times.length / 2)]!;
  } finally {
    model.dispose();
  }
}

/** Grey noise, the same each time. */
function picture(model: Model): Tensor4D {
  const [height, width] = model.network.inputShape;
  const data = new Uint8Array(height * width * 3).map((_, index) => (index * 7919) % 251);
  return model.input({ height, width, channels: 3, data });
}

async function forward(model: Model, layers: readonly number[]): Promise<void> {
  const input = picture(model);
  const maps = model.forward(input, layers);
  await Promise.all(maps.map((map) => map.data()));
  tf.dispose([input, ...maps]);
}

async function gradient(model: Model, layer: string): Promise<void> {
  const index = model.layers.findIndex(({ name }) => name === layer);
  const input = picture(model);
  const objective = (x: Tensor): Tensor => tf.mean(model.forward(x as Tensor4D, [index])[0]!);
  const result = tf.grad(objective)(input);
  await result.data();
  tf.dispose([input, result]);
}

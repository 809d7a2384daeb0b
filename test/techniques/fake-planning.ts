import { acceptLayers } from '../../src/pipeline/plan/planning-context.ts';
import { tf } from '../../src/backend/tf.ts';
import { draw } from '../../src/image/drawing.ts';
import { traitsOf } from '../../src/model/layer-types.ts';
import type { LayerInfo } from '../../src/model/network.ts';
import type { ImagePixels, Model } from '../../src/model/model.ts';
import type {
  ComputeContext,
  Technique,
  JobSpec,
  JobOutput,
  PlanningContext,
} from '../../src/techniques/technique.ts';
import type { ViewSpec } from '../../src/schema/experiment.ts';

export const layer = (index: number, name: string, type: string, outputShape: number[]): LayerInfo => ({
  index,
  name,
  type,
  kind: traitsOf(type).kind,
  outputShape,
  parameters: 0,
});

export interface FakePlanning extends PlanningContext {
  readonly problems: { key: string; what: string }[];
}

/** A planning context in which selectors mean: layers by name or all, filters by index, first or all, images by index or all. */
export function fakePlanning(layers: readonly LayerInfo[], images: number): FakePlanning {
  const problems: { key: string; what: string }[] = [];
  const all = Array.from({ length: images }, (_, index) => ({
    index,
    id: `image-${index}`,
    file: `${index}.png`,
    name: String(index),
  }));
  return {
    ...{ layers, inputShape: [4, 4, 3], images: all, seed: 1, problems, kernelDepth: () => 3 },
    formula: () => undefined,
    inputSizeProblem: () => undefined,
    resolveLayers: (selectors, key, requirement) => {
      const found = selectors.flatMap((selector) =>
        selector.kind === 'name' ? layers.filter(({ name }) => name === selector.name) : layers,
      );
      const report = ({ what }: { what: string }): void => void problems.push({ key, what });
      return requirement ? acceptLayers(found, requirement, selectors, layers, report) : found;
    },
    resolveFilters: (selector, { outputShape }) => {
      const filters = Array.from({ length: outputShape.at(-1)! }, (_, filter) => filter);
      if (selector.kind === 'indices') return selector.indices;
      return selector.kind === 'first' ? filters.slice(0, selector.count) : filters;
    },
    resolveImages: (selectors) =>
      selectors.flatMap((selector) =>
        selector.kind === 'indices' ? selector.indices.flatMap((index) => all[index] ?? []) : all,
      ),
    problem: (key, { what }) => void problems.push({ key, what }),
  };
}

/** A view with these settings, as the schema would hand it on. */
export function viewOf<T extends Technique>(technique: T, written: Record<string, unknown>): ViewSpec<never> {
  const settings = technique.settings.parse(written) as never;
  return { id: 'view', title: 'View', technique: technique.name, settings, written, index: 0 };
}

/** A model whose layer n gives the values of `outputs[n]`, [height, width, channels]. */
export function fakeContext(
  layers: readonly LayerInfo[],
  outputs: Readonly<Record<number, Float32Array>>,
): ComputeContext & { readonly forwards: number[][]; readonly alive: () => number } {
  const forwards: number[][] = [];
  let alive = 0;
  const tensor = (data: Float32Array) => {
    alive += 1;
    return { data: () => Promise.resolve(data), dispose: () => (alive -= 1) };
  };
  const model = {
    layers,
    network: { inputShape: layers[0]!.outputShape },
    input: () => tensor(new Float32Array()),
    forward: (_: unknown, indices: readonly number[]) => {
      forwards.push([...indices]);
      return indices.map((index) => tensor(outputs[index]!));
    },
  } as unknown as Model;
  const pixels: ImagePixels = {
    height: 4,
    width: 4,
    channels: 3,
    data: Uint8Array.from({ length: 48 }, (_, i) => i),
  };
  return {
    ...{ model, tf, forwards, seed: 1, signal: new AbortController().signal, alive: () => alive },
    pixels: () => Promise.resolve(pixels),
    draw,
    partial: {
      read: () => Promise.resolve(undefined),
      write: () => Promise.resolve(),
      forget: () => Promise.resolve(),
    },
  };
}

export async function collect(
  technique: Technique,
  jobs: readonly JobSpec[],
  context: ComputeContext,
): Promise<JobOutput[]> {
  const outputs: JobOutput[] = [];
  for await (const output of technique.compute(jobs, context)) outputs.push(output);
  return outputs;
}

export const panelsOf = (jobs: readonly JobSpec[]): number =>
  jobs.reduce((sum, { panels }) => sum + panels, 0);

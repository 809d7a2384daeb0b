import { tf } from '../../src/backend/tf.ts';
import { draw } from '../../src/image/drawing.ts';
import { createModel } from '../../src/model/executor.ts';
import type { ImagePixels, Model } from '../../src/model/model.ts';
import type { ModelSource } from '../../src/model/open.ts';
import { randomFrom } from '../../src/random.ts';
import type {
  ComputeContext,
  PartialResults,
  PartialKey,
  PlanningContext,
} from '../../src/techniques/technique.ts';
import { fakePlanning } from './fake-planning.ts';

/** What is kept, in memory, with a list of what was asked for. */
export class MemoryPartialResults implements PartialResults {
  readonly kept = new Map<string, Uint8Array>();
  readonly writes: PartialKey[] = [];

  read(key: PartialKey): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.kept.get(JSON.stringify(key)));
  }

  write(key: PartialKey, bytes: Uint8Array): Promise<void> {
    this.writes.push(key);
    this.kept.set(JSON.stringify(key), bytes);
    return Promise.resolve();
  }

  forget(key: PartialKey): Promise<void> {
    this.kept.delete(JSON.stringify(key));
    return Promise.resolve();
  }
}

export interface RealContext extends ComputeContext {
  readonly model: Model;
  readonly partial: MemoryPartialResults;
  /** Images asked for, in order. */
  readonly asked: number[];
}

/** A network that runs, for images that are given. */
export async function realContext(
  source: ModelSource,
  images: readonly ImagePixels[],
  signal = new AbortController().signal,
): Promise<RealContext> {
  const asked: number[] = [];
  return {
    ...{
      model: await createModel(source),
      tf,
      partial: new MemoryPartialResults(),
      draw,
      seed: 1,
      signal,
      asked,
    },
    pixels(image) {
      asked.push(image);
      return Promise.resolve(images[image]!);
    },
  };
}

/** A planning context with the real layers of a network. */
export function planningOf(
  { model }: RealContext,
  images: number,
  classOf?: (image: number) => string,
): PlanningContext {
  const planning = fakePlanning(model.layers, images);
  return {
    ...planning,
    inputShape: model.network.inputShape,
    formula: ({ index }) => model.formula(index),
    images: planning.images.map((image) => (classOf ? { ...image, class: classOf(image.index) } : image)),
    resolveImages: () =>
      planning.images.map((image) => (classOf ? { ...image, class: classOf(image.index) } : image)),
  };
}

/** Images of soft random blobs: no two places alike. */
export function randomImage(name: string, height: number, width: number, channels: 1 | 3 = 3): ImagePixels {
  const random = randomFrom(name);
  const blobs = Array.from({ length: 12 }, () => Array.from({ length: 6 }, () => random()));
  const data = new Uint8Array(height * width * channels);
  for (let i = 0; i < data.length; i++) {
    const c = i % channels;
    const x = (Math.floor(i / channels) % width) / width;
    const y = Math.floor(i / channels / width) / height;
    let value = 60 + 30 * random();
    for (const [bx, by, size, r, g, b] of blobs as [number, number, number, number, number, number][]) {
      const distance = ((x - bx) ** 2 + (y - by) ** 2) / (0.02 + 0.05 * size) ** 2;
      value += 400 * ([r, g, b][c]! - 0.4) * Math.exp(-distance);
    }
    data[i] = Math.max(0, Math.min(255, value));
  }
  return { height, width, channels, data };
}

import { join } from 'node:path';
import type { Drawn } from '../../src/synthetic/index.ts';
import { readSealed, seal } from '../../src/store/seal.ts';
import { writeWhole } from '../../src/store/store.ts';

/** Images of one size with their classes, all in memory. */
export interface ImageSet {
  readonly count: number;
  /** Pixels of a side. */
  readonly size: number;
  readonly channels: 1 | 3;
  /** uint8 [count, size, size, channels] */
  readonly pixels: Uint8Array;
  /** Index of each image's class. */
  readonly labels: Uint8Array;
}

/** What can be drawn endlessly: the index-th image of a class. */
export interface Drawer {
  readonly name: string;
  /** Raised whenever the same arguments give another image. */
  readonly version: number;
  readonly classes: readonly string[];
  readonly channels: 1 | 3;
  draw(
    className: string,
    index: number,
    options: { readonly size: readonly [number, number]; readonly seed: number },
  ): Promise<Drawn>;
}

export interface SetRequest {
  readonly perClass: number;
  readonly size: number;
  readonly seed: number;
}

/** So many images are drawn at a time: part of the work is done by other threads. */
const AT_ONCE = 4;

/** Draws a set, class after class in turn, or reads what was drawn before: the file appears whole or not at all. */
export async function drawSet(
  drawer: Drawer,
  { perClass, size, seed }: SetRequest,
  { folder, tell, signal }: { folder: string; tell: (done: number, of: number) => void; signal: AbortSignal },
): Promise<ImageSet> {
  const { classes, channels } = drawer;
  const count = perClass * classes.length;
  const bytes = size * size * channels;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes.length);
  const name = `${drawer.name}-v${drawer.version}-seed${seed}-${count}x${size}.bin`;
  const path = join(folder, name);
  const kept = await readSealed(path, name);
  if (kept.state === 'sound') return { count, size, channels, labels, pixels: kept.value };
  const pixels = new Uint8Array(count * bytes);
  for (let from = 0; from < count; from += AT_ONCE) {
    signal.throwIfAborted();
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, async (_, i) => {
      const at = from + i;
      const name = classes[labels[at]!]!;
      const { data } = await drawer.draw(name, Math.floor(at / classes.length), { size: [size, size], seed });
      pixels.set(data, at * bytes);
    });
    await Promise.all(some);
    tell(Math.min(count, from + AT_ONCE), count);
  }
  await writeWhole(path, seal(name, pixels));
  return { count, size, channels, labels, pixels };
}

import { asBitmap } from '../../image/bitmap.ts';
import type { Bitmap } from '../../image/bitmap.ts';
import { placingOf, stretched } from '../../model/placing.ts';
import type { Placing } from '../../model/placing.ts';
import type { ExperimentPlan, PlannedJob } from '../plan/plan.ts';
import type { StoredPanel } from '../results/stored-job.ts';

/** What a map is laid over. */
export interface Background {
  readonly image: Bitmap;
  readonly placing: Placing;
}

/** The images of a plan as backgrounds of its panels. */
export interface Backgrounds {
  /** Undefined where the panel is of no image. */
  of(job: PlannedJob, panel: StoredPanel): Promise<Background | undefined>;
}

/** Decoded images that are kept: neighbouring panels mostly are of the same one. */
const KEPT_IMAGES = 4;

export function createBackgrounds({ source, images }: ExperimentPlan): Backgrounds {
  const kept = new Map<number, Promise<Bitmap>>();
  const decoded = (index: number): Promise<Bitmap> => {
    const known = kept.get(index);
    if (known) return known;
    const [oldest] = kept.keys();
    if (kept.size >= KEPT_IMAGES) kept.delete(oldest!);
    const bitmap = images.pixels(index).then(asBitmap);
    kept.set(index, bitmap);
    return bitmap;
  };
  return {
    async of(job, panel) {
      if (panel.image === undefined) return undefined;
      const image = await decoded(job.images[panel.image]!);
      const [layer] = job.layers;
      const placing = layer === undefined ? undefined : placingOf(source.layers[layer]!, panel);
      return { image, placing: placing ?? stretched(panel, image) };
    },
  };
}

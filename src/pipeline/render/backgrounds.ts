import { asBitmap } from '../../image/bitmap.ts';
import type { Bitmap } from '../../image/bitmap.ts';
import { stretched } from '../../image/overlay.ts';
import type { Placing } from '../../image/overlay.ts';
import type { LayerInfo } from '../../model/network.ts';
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

/**
 * Each value at the middle of its receptive field (Araujo et al., Distill 2019): paddings and strides shift maps against the image, which
 * stretching would hide. Undefined where a value sees the whole image.
 */
export function placingOf(
  { receptiveField }: Pick<LayerInfo, 'receptiveField'>,
  panel: Pick<StoredPanel, 'height' | 'width' | 'fullHeight' | 'fullWidth'>,
): Placing | undefined {
  if (!receptiveField) return undefined;
  const { size, stride, offset } = receptiveField;
  const along = (axis: 0 | 1, full: number, stored: number): [first: number, step: number] => {
    // Values that were averaged to fit stand in the middle of those they came from.
    const shrunk = full / stored;
    const middle = offset[axis] + (size[axis] - 1) / 2;
    return [middle + stride[axis] * (shrunk / 2 - 0.5), stride[axis] * shrunk];
  };
  const [y, down] = along(0, panel.fullHeight, panel.height);
  const [x, across] = along(1, panel.fullWidth, panel.width);
  return { first: [y, x], step: [down, across] };
}

import type { LayerInfo } from './network.ts';

/** Where a map's values stand on its image, in pixels: value [i, j] at y = first[0] + i·step[0], x = first[1] + j·step[1]. */
export interface Placing {
  readonly first: readonly [y: number, x: number];
  readonly step: readonly [y: number, x: number];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface PlacedMap extends Size {
  /** float32 [height, width] */
  readonly data: Float32Array;
}

/** A map stretched over the whole of an image. */
export function stretched(map: Size, image: Size): Placing {
  const step = [image.height / map.height, image.width / map.width] as const;
  return { first: [step[0] / 2 - 0.5, step[1] / 2 - 0.5], step };
}

/**
 * Each value at the middle of its receptive field (Araujo et al., Distill 2019): paddings and strides shift maps against the image, which
 * stretching would hide. Undefined where a value sees the whole image.
 *
 * @param map as it is stored, and at its full size where it was averaged down
 */
export function placingOf(
  { receptiveField }: Pick<LayerInfo, 'receptiveField'>,
  map: Size & { readonly fullHeight?: number; readonly fullWidth?: number },
): Placing | undefined {
  if (!receptiveField) return undefined;
  const { size, stride, offset } = receptiveField;
  const along = (axis: 0 | 1, full: number, stored: number): [first: number, step: number] => {
    // Values that were averaged to fit stand in the middle of those they came from.
    const shrunk = full / stored;
    const middle = offset[axis] + (size[axis] - 1) / 2;
    return [middle + stride[axis] * (shrunk / 2 - 0.5), stride[axis] * shrunk];
  };
  const [y, down] = along(0, map.fullHeight ?? map.height, map.height);
  const [x, across] = along(1, map.fullWidth ?? map.width, map.width);
  return { first: [y, x], step: [down, across] };
}

/**
 * A map at an image's size: bilinear between its values, the nearest one beyond the outermost. Where a value is not a number, neither are the
 * pixels around it.
 */
export function spread({ data, height, width }: PlacedMap, to: Size, { first, step }: Placing): PlacedMap {
  const out = new Float32Array(to.width * to.height);
  const down = between(height, to.height, first[0], step[0]);
  const across = between(width, to.width, first[1], step[1]);
  for (let y = 0, at = 0; y < to.height; y++) {
    const { low: top, high: bottom, share: below } = down[y]!;
    for (let x = 0; x < to.width; x++, at++) {
      const { low: left, high: right, share: beside } = across[x]!;
      const upper = mix(data[top * width + left]!, data[top * width + right]!, beside);
      const lower = mix(data[bottom * width + left]!, data[bottom * width + right]!, beside);
      out[at] = mix(upper, lower, below);
    }
  }
  return { width: to.width, height: to.height, data: out };
}

/** No share of a value that is not a number is taken where another is exactly met. */
const mix = (one: number, other: number, share: number): number =>
  share === 0 ? one : one + (other - one) * share;

/** For each pixel of a side the two values that it lies between, and how far on. */
function between(values: number, pixels: number, first: number, step: number) {
  return Array.from({ length: pixels }, (_, pixel) => {
    const place = Math.min(Math.max((pixel - first) / step, 0), values - 1);
    const low = Math.floor(place);
    return { low, high: Math.min(low + 1, values - 1), share: place - low };
  });
}

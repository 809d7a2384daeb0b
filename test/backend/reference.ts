/**
 * Convolution and pooling written out in double precision after TensorFlow's definition, and derivatives by central
 * differences: slow, plain, and independent of any backend. Images are [height, width, channels] of one batch.
 */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: 'valid' | 'same';
}

export type Shape3 = readonly [height: number, width: number, channels: number];

/** Seeded, in -1..1 (mulberry32). */
export function noise(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    // 12 bits: sums of products are then exact in float32 or nearly so
    return Math.round((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 4096) / 2048 - 1;
  });
}

/** Size of the output and rows of padding before, from TensorFlow's documentation of SAME and VALID. */
export function along(
  size: number,
  kernel: number,
  stride: number,
  padding: 'valid' | 'same',
): [number, number] {
  if (padding === 'valid') return [Math.ceil((size - kernel + 1) / stride), 0];
  const total = size % stride === 0 ? Math.max(kernel - stride, 0) : Math.max(kernel - (size % stride), 0);
  return [Math.ceil(size / stride), Math.floor(total / 2)];
}

export function outputShape([height, width, channels]: Shape3, window: Window): Shape3 {
  const { kernel, stride, padding } = window;
  return [
    along(height, kernel[0], stride[0], padding)[0],
    along(width, kernel[1], stride[1], padding)[0],
    channels,
  ];
}

type Visit = (output: number, inputs: readonly { pixel: number; tap: number }[]) => void;

/** Every output pixel with the pixels of its window that lie in the image; all counted in pixels. */
function eachWindow([height, width]: Shape3, { kernel, stride, padding }: Window, visit: Visit): void {
  const [outHeight, top] = along(height, kernel[0], stride[0], padding);
  const [outWidth, left] = along(width, kernel[1], stride[1], padding);
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      const inputs = [];
      for (let i = 0; i < kernel[0]; i++) {
        for (let j = 0; j < kernel[1]; j++) {
          const y = row * stride[0] - top + i;
          const x = column * stride[1] - left + j;
          if (y >= 0 && y < height && x >= 0 && x < width) {
            inputs.push({ pixel: y * width + x, tap: i * kernel[1] + j });
          }
        }
      }
      visit(row * outWidth + column, inputs);
    }
  }
}

/** `filter` is [kernel, kernel, channels, outChannels]. */
export function conv2d(
  x: Float64Array,
  shape: Shape3,
  filter: Float64Array,
  outChannels: number,
  window: Window,
) {
  const channels = shape[2];
  const [height, width] = outputShape(shape, window);
  const out = new Float64Array(height * width * outChannels);
  eachWindow(shape, window, (output, inputs) => {
    for (const { pixel, tap } of inputs) {
      for (let c = 0; c < channels; c++) {
        for (let k = 0; k < outChannels; k++) {
          out[output * outChannels + k]! +=
            x[pixel * channels + c]! * filter[(tap * channels + c) * outChannels + k]!;
        }
      }
    }
  });
  return out;
}

/** `filter` is [kernel, kernel, channels, multiplier]. */
export function depthwise(
  x: Float64Array,
  shape: Shape3,
  filter: Float64Array,
  multiplier: number,
  window: Window,
) {
  const channels = shape[2];
  const [height, width] = outputShape(shape, window);
  const out = new Float64Array(height * width * channels * multiplier);
  eachWindow(shape, window, (output, inputs) => {
    for (const { pixel, tap } of inputs) {
      for (let k = 0; k < channels * multiplier; k++) {
        const c = Math.floor(k / multiplier);
        out[output * channels * multiplier + k]! +=
          x[pixel * channels + c]! * filter[tap * channels * multiplier + k]!;
      }
    }
  });
  return out;
}

/** Padding takes no part: neither in a maximum nor in the number an average is divided by. */
export function pool(kind: 'max' | 'avg', x: Float64Array, shape: Shape3, window: Window): Float64Array {
  const channels = shape[2];
  const [height, width] = outputShape(shape, window);
  const out = new Float64Array(height * width * channels);
  eachWindow(shape, window, (output, inputs) => {
    for (let c = 0; c < channels; c++) {
      const values = inputs.map(({ pixel }) => x[pixel * channels + c]!);
      out[output * channels + c] =
        kind === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b, 0) / values.length;
    }
  });
  return out;
}

/** d sum(f(x) * upstream) / dx by central differences. */
export function differences(
  f: (x: Float64Array) => ArrayLike<number>,
  at: Float64Array,
  upstream: ArrayLike<number>,
  step = 1e-5,
): Float64Array {
  const x = at.slice();
  const dot = (): number => {
    const y = f(x);
    let sum = 0;
    for (let i = 0; i < y.length; i++) sum += y[i]! * upstream[i]!;
    return sum;
  };
  return at.map((value, i) => {
    x[i] = value + step;
    const above = dot();
    x[i] = value - step;
    const below = dot();
    x[i] = value;
    return (above - below) / (2 * step);
  });
}

/** Greatest difference, as a part of the reference's greatest value (or of 1). */
export function deviation(actual: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (actual.length !== reference.length) return Infinity;
  let worst = 0;
  let scale = 1;
  for (let i = 0; i < reference.length; i++) {
    const difference = Math.abs(actual[i]! - reference[i]!);
    worst = difference <= worst ? worst : difference; // NaN wins
    scale = Math.max(scale, Math.abs(reference[i]!));
  }
  return worst / scale;
}

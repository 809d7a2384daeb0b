import type { Objective } from '../../optim/objective.ts';
import { randomFrom, truncatedNormal } from '../../random.ts';
import type { Attribution, AttributionRequest, Method } from './attribution-types.ts';
import { gaussLegendre } from './legendre.ts';
import { collect, scoreOf } from './scoring.ts';

const INPUT_METHODS = [
  'gradient',
  'gradient-x-input',
  'integrated-gradients',
  'smoothgrad',
  'guided-backprop',
] as const;
export type InputMethod = (typeof INPUT_METHODS)[number];

export const isInputMethod = (method: Method): method is InputMethod =>
  (INPUT_METHODS as readonly string[]).includes(method);

/** Standard deviations at which noise is cut off. */
const NOISE_LIMIT = 4;

/**
 * The score's derivative with respect to the input (float32 [height, width, channels]), and what is made of it:
 *
 * - gradient (Simonyan et al. 2013), gradient-x-input (Shrikumar et al. 2016)
 * - integrated-gradients: (x − 0) ⊙ ∫ gradient(αx) dα by Gauss-Legendre points (Sundararajan et al. 2017); the baseline is 0
 *   after preprocessing
 * - smoothgrad: the mean gradient over noisy inputs (Smilkov et al. 2017)
 * - guided-backprop: only positive signals pass, and only through active ReLUs (Springenberg et al. 2014)
 */
export async function inputGradients(
  method: InputMethod,
  { scoring, input, settings }: AttributionRequest,
  objective: Objective,
): Promise<Attribution> {
  const { shape, data } = input;
  const gradientOf = async (rule?: 'guided'): Promise<Float32Array> =>
    (await collect(scoring.gradients(shape, 1, (_, into) => into.set(data), objective, rule)))[0]!;
  switch (method) {
    case 'gradient':
      return byMagnitude(await gradientOf(), input.shape);
    case 'guided-backprop':
      return byMagnitude(await gradientOf('guided'), input.shape);
    case 'gradient-x-input': {
      const gradient = await gradientOf();
      return bySum(
        gradient.map((value, at) => value * data[at]!),
        input.shape,
      );
    }
    case 'smoothgrad':
      return byMagnitude(
        await meanGradient(scoring, input, objective, noises(input.data, settings)),
        input.shape,
      );
    case 'integrated-gradients': {
      const points = gaussLegendre(settings.samples);
      const total = new Float64Array(data.length);
      let next = 0;
      const fill = (index: number, into: Float32Array): void => {
        const { point } = points[index]!;
        for (let at = 0; at < into.length; at++) into[at] = point * data[at]!;
      };
      for await (const gradient of scoring.gradients(shape, points.length, fill, objective)) {
        const { weight } = points[next++]!;
        for (let at = 0; at < total.length; at++) total[at]! += weight * gradient[at]!;
      }
      const values = Float32Array.from(total, (value, at) => value * data[at]!);
      const outputs = await collect(
        scoring.outputs(shape, 2, (index, into) => {
          if (index === 0) into.set(data);
        }),
      );
      const [score, baseline] = outputs.map((output) => scoreOf(output, scoring.outputShape, objective));
      const sum = values.reduce((all, value) => all + value, 0);
      return { ...bySum(values, shape), completeness: { sum, difference: score! - baseline! } };
    }
  }
}

/** Each float32 [height, width, channels], added to the input. */
export async function meanGradient(
  scoring: AttributionRequest['scoring'],
  { shape, data }: AttributionRequest['input'],
  objective: Objective,
  noise: readonly Float32Array[],
): Promise<Float32Array> {
  const total = new Float64Array(data.length);
  const fill = (index: number, into: Float32Array): void => {
    const own = noise[index]!;
    for (let at = 0; at < into.length; at++) into[at] = data[at]! + own[at]!;
  };
  for await (const gradient of scoring.gradients(shape, noise.length, fill, objective)) {
    for (let at = 0; at < total.length; at++) total[at]! += gradient[at]!;
  }
  return Float32Array.from(total, (sum) => sum / noise.length);
}

function noises(
  data: Float32Array,
  { samples, noise, seed }: AttributionRequest['settings'],
): Float32Array[] {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const deviation = noise * (high - low);
  return Array.from({ length: samples }, (_, sample) => {
    const random = randomFrom(`smoothgrad ${seed} ${sample}`);
    return Float32Array.from(data, () => deviation * truncatedNormal(random, NOISE_LIMIT));
  });
}

type Shape = AttributionRequest['input']['shape'];

/** The largest magnitude of a pixel's channels (Simonyan et al. 2013). */
export function byMagnitude(channels: Float32Array, [height, width, depth]: Shape): Attribution {
  const data = new Float32Array(height * width);
  for (let at = 0; at < channels.length; at++) {
    const pixel = Math.floor(at / depth);
    const size = Math.abs(channels[at]!);
    if (!(size <= data[pixel]!)) data[pixel] = size;
  }
  return { height, width, data, channels };
}

/** The sum over a pixel's channels. */
export function bySum(channels: Float32Array, [height, width, depth]: Shape): Attribution {
  const data = new Float32Array(height * width);
  for (let pixel = 0, at = 0; pixel < data.length; pixel++) {
    let sum = 0;
    for (let k = 0; k < depth; k++, at++) sum += channels[at]!;
    data[pixel] = sum;
  }
  return { height, width, data, channels };
}

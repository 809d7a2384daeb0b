import type { AscentConfig } from './ascend.ts';
import { diversityGradient } from './diversity.ts';
import type { Method, MethodSettings } from './method-settings.ts';
import { transformsOf } from './method-settings.ts';
import { adam, ascent } from './optimizer.ts';
import { fourier, pixels } from './parameterization.ts';
import { maco } from './maco.ts';
import { uniformColorStep, prefersUniformColor } from './uniform-color.ts';
import { decay, totalVariation } from './regularizer.ts';
import type { Regularizer } from './regularizer.ts';

const BLUR_EVERY = 4;
/** Being alike costs as much as the objective is worth. */
const DIVERSITY_WEIGHT = 1;

/** The parts that a method is put together from. */
export function ascentConfigOf(
  method: Exclude<Method, 'dense'>,
  settings: MethodSettings,
  channels: 1 | 3,
  diverse: boolean,
): AscentConfig {
  const { learning_rate: rate, blur } = settings;
  const regularizers = regularizersOf(settings);
  const shared = {
    regularizers,
    normalized: method === 'pixels',
    transforms: transformsOf(settings),
    diversity: diverse ? diversityGradient(DIVERSITY_WEIGHT) : undefined,
  };
  switch (method) {
    case 'fourier':
      return {
        ...shared,
        parameterization: (size) => fourier(size, channels),
        optimizer: ({ model, layer }, memory) =>
          adam(
            rate,
            prefersUniformColor(model.layers[layer]!)
              ? { uniformColor: (mean) => uniformColorStep(mean, channels) }
              : {},
            memory,
          ),
      };
    case 'maco':
      return {
        ...shared,
        parameterization: (size) => maco(size, channels),
        optimizer: (_, memory) => adam(rate, {}, memory),
      };
    case 'pixels':
      return {
        ...shared,
        parameterization: (size) => pixels(size, channels, { blur, blurEvery: BLUR_EVERY }),
        optimizer: () => ascent(rate),
      };
  }
}

export function regularizersOf({ l2, total_variation }: MethodSettings): Regularizer[] {
  return [...(l2 > 0 ? [decay(l2)] : []), ...(total_variation > 0 ? [totalVariation(total_variation)] : [])];
}

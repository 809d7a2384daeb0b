import { z } from 'zod/v4';
import { DEFAULTS, METHODS } from '../optim/method-settings.ts';
import type { MethodSettings } from '../optim/method-settings.ts';
import type { LayerInfo } from '../model/network.ts';
import {
  filterSelector,
  gridSetting,
  imageSelectors,
  labelTemplate,
  layerSelectors,
} from '../schema/selectors.ts';
import { pairOf } from '../schema/pieces.ts';
import { directionSetting } from './dreams/direction.ts';
import { dreamFacts } from './dreams/facts.ts';
import { isBeforeActivation, OBJECTIVES } from './dreams/payload.ts';
import type { DreamPayload, ObjectiveName } from './dreams/payload.ts';
import { dreamSize } from './dreams/size.ts';
import { filterlessProblem, hasFilters, isSpatial, mapShape } from './maps.ts';
import type { Technique, JobSpec, PlanningContext } from './technique.ts';

const MOST_STEPS = 10_000;
/** As many as are dreamt of where neither filters nor a direction are given. */
const FIRST_FILTERS = 16;

const settings = z.strictObject({
  layers: layerSelectors,
  filters: filterSelector.optional(),
  objective: z.enum(OBJECTIVES).optional().meta({
    description:
      "What is maximized: `channel`, the mean of a filter's map; `neuron`, its central value; `logit`, a unit before its activation function. By default channel, or logit where the output is a vector",
  }),
  direction: directionSetting.optional(),
  negative: z.boolean().default(false).meta({
    description: 'Minimize the output before the activation function instead',
  }),
  diversity: z.int().min(1).max(16).default(1).meta({
    description: 'Number of different images per filter',
  }),
  method: z.enum(METHODS).default('fourier').meta({
    description:
      'What is optimized: fourier, the spectrum of the image in decorrelated colours; maco, its phases, with the magnitudes of natural images; pixels, the regularized pixels; dense, the weights of a dense layer before the network',
  }),
  size: pairOf(
    2048,
    'Pixels, or [height, width]; by the receptive field of the layer if left out',
  ).optional(),
  steps: z
    .int()
    .min(1)
    .max(MOST_STEPS)
    .optional()
    .meta({ description: 'Steps of gradient ascent; default by method' }),
  learning_rate: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .meta({ description: 'Step size; default by method' }),
  jitter: z.int().min(0).max(256).optional().meta({
    description: 'Random translation before every step, in pixels',
  }),
  scale: z.number().min(0).max(0.5).optional().meta({
    description: 'Random scaling before every step, as a fraction',
  }),
  rotate: z
    .number()
    .min(0)
    .max(180)
    .optional()
    .meta({ description: 'Random rotation before every step, in degrees' }),
  l2: z
    .number()
    .min(0)
    .max(1000)
    .optional()
    .meta({ description: 'Weight of the squared distance from grey' }),
  total_variation: z.number().min(0).max(1000).optional().meta({
    description: 'Weight of the differences between neighbouring pixels',
  }),
  blur: z.number().min(0).max(16).optional().meta({
    description: 'Smoothing after every fourth step, in pixels; `method: pixels` only',
  }),
  crop: z.number().min(0.05).max(1).optional().meta({
    description: 'Smallest side of a random crop, as a fraction of the image; `method: maco` only',
  }),
  noise: z.number().min(0).max(1).optional().meta({
    description:
      'Standard deviation of the noise added before every step, 1 being from black to white; `method: maco` only',
  }),
  coarse_to_fine: z.boolean().default(false).meta({
    description: 'Make the first 60 % of the steps at half the size',
  }),
  frames: z.int().min(0).max(64).default(12).meta({
    description: 'Number of intermediate images, evenly over the steps; 0: none',
  }),
  images: imageSelectors.optional().meta({
    description: 'The images that a dream is compared with; by default all',
  }),
  grid: gridSetting.optional(),
  label: labelTemplate.optional(),
  values: z.boolean().default(false).meta({
    description: 'Also write each image as numbers from 0 to 1, float32 .npy [height, width, channels]',
  }),
});

type Settings = z.output<typeof settings>;

/** The image that excites a filter, a neuron or a class most, made by climbing along the gradient. */
export const activationMaximization: Technique<typeof settings> = {
  name: 'activation-maximization',
  version: 5,
  description: 'Images synthesized to activate a filter, a neuron or a class as strongly as possible.',
  facts: dreamFacts,
  settings,
  defaultId: ({ layers }) => `dreams-${[layers].flat().slice(0, 3).join('-')}`,
  defaultTitle: ({ layers }) => `Dreams of ${[layers].flat().join(', ')}`,

  plan(view, context) {
    const settings = view.settings;
    const images = imagesOf(settings, context);
    const layers = layersOf(settings, context);
    checkMethod(settings, context);
    const numbers = methodSettings(settings);
    const steps = settings.steps ?? DEFAULTS[settings.method].steps;
    const objectives = new Set<string>();
    const sizes = new Set<string>();
    const jobs = layers.flatMap((layer): JobSpec[] => {
      const objective = objectiveFor(layer, settings, context);
      const neuron = objective === 'neuron' && isSpatial(layer);
      const size = settings.size ?? dreamSize(layer, context.inputShape, neuron);
      const sizeProblem = context.inputSizeProblem(layer, size);
      if (sizeProblem) {
        context.problem(settings.size ? 'size' : 'layers', sizeProblem);
        return [];
      }
      objectives.add(objective);
      sizes.add(JSON.stringify(size));
      const shared = {
        ...{ objective, negative: settings.negative, diversity: settings.diversity },
        ...{ method: settings.method, settings: numbers, size, steps, coarseToFine: settings.coarse_to_fine },
        ...{ frames: settings.frames, seed: context.seed, values: settings.values },
      };
      return targetsOf(layer, settings, context).map((target): JobSpec => {
        const what = 'filter' in target ? `filter ${target.filter}` : 'direction';
        return {
          label: `${layer.name} · ${what}`,
          ...{ layers: [layer.index], images },
          group: `${layer.name} ${JSON.stringify([shared, images])}`,
          payload: { target, ...shared } satisfies DreamPayload,
          panels: settings.diversity,
          maxSide: Math.max(...size),
        };
      });
    });
    const label = settings.label ?? defaultLabel(settings, layers.length);
    return {
      jobs,
      display: {
        ...{ style: 'heatmap', levels: 7, colormap: 'grey', normalize: 'panel', label },
        grid: settings.grid,
      },
      resolved: {
        ...{ steps, ...ownSettings(settings.method, numbers), label },
        ...(settings.filters || settings.direction ? {} : { filters: { first: FIRST_FILTERS } }),
        ...(objectives.size === 1 && !settings.direction ? { objective: [...objectives][0] } : {}),
        ...(sizes.size === 1 ? { size: JSON.parse([...sizes][0]!) as unknown } : {}),
      },
    };
  },

  // A step goes forward, and back through every layer twice.
  passes: ({ payload }) => 3 * (payload as DreamPayload).steps * (payload as DreamPayload).diversity,
  scan: ({ layers, images, payload }) => ({
    layers: isBeforeActivation(payload as DreamPayload) ? [] : layers,
    images,
  }),

  async *compute(jobs, context) {
    // Loaded here: planning needs no TensorFlow.js.
    const { makeDreams } = await import('./dreams/make.ts');
    yield* makeDreams(jobs, context);
  },
};

function imagesOf({ images }: Settings, context: PlanningContext): readonly number[] {
  if (images) return context.resolveImages(images, 'images').map(({ index }) => index);
  return context.images.map(({ index }) => index);
}

function layersOf({ layers }: Settings, context: PlanningContext): readonly LayerInfo[] {
  return context.resolveLayers(layers, 'layers', { accepts: hasFilters, problem: filterlessProblem });
}

/** What a method has no use for. */
const FOREIGN: Readonly<Record<Settings['method'], readonly (keyof Settings & string)[]>> = {
  fourier: ['l2', 'total_variation', 'blur', 'crop', 'noise'],
  maco: ['jitter', 'scale', 'rotate', 'l2', 'total_variation', 'blur'],
  pixels: ['crop', 'noise'],
  dense: ['scale', 'rotate', 'blur', 'crop', 'noise', 'coarse_to_fine', 'diversity'],
};

/** Settings that the method has no use for are mistakes: a report would state them as if they counted. */
function checkMethod(settings: Settings, context: PlanningContext): void {
  const { method } = settings;
  for (const key of FOREIGN[method]) {
    const value = settings[key];
    if (value === undefined || value === false || (key === 'diversity' && value === 1)) continue;
    context.problem(key, {
      what: `\`${key}\` does not apply to \`method: ${method}\`.`,
      choices: METHODS.filter((name) => !FOREIGN[name].includes(key)).map((name) => `method: ${name}`),
    });
  }
}

/** Those that a file may give for the method. */
function ownSettings(method: Settings['method'], numbers: MethodSettings): Partial<MethodSettings> {
  const foreign: readonly string[] = FOREIGN[method];
  return Object.fromEntries(Object.entries(numbers).filter(([key]) => !foreign.includes(key)));
}

function methodSettings(settings: Settings): MethodSettings {
  const { learning_rate, jitter, scale, rotate, l2, total_variation, blur, crop, noise } =
    DEFAULTS[settings.method];
  return {
    learning_rate: settings.learning_rate ?? learning_rate,
    jitter: settings.jitter ?? jitter,
    scale: settings.scale ?? scale,
    rotate: settings.rotate ?? rotate,
    l2: settings.l2 ?? l2,
    total_variation: settings.total_variation ?? total_variation,
    blur: settings.blur ?? blur,
    crop: settings.crop ?? crop,
    noise: settings.noise ?? noise,
  };
}

function objectiveFor(layer: LayerInfo, { objective }: Settings, context: PlanningContext): ObjectiveName {
  if (!objective) return isSpatial(layer) ? 'channel' : 'logit';
  if (objective === 'logit' && isSpatial(layer)) {
    context.problem('objective', {
      what: `\`objective: logit\` needs a layer whose output is a vector, and \`${layer.name}\` has feature maps.`,
      choices: ['channel', 'neuron'],
    });
  }
  if (objective === 'neuron' && !isSpatial(layer)) {
    context.problem('objective', {
      what: `\`objective: neuron\` needs a layer with feature maps, and the output of \`${layer.name}\` is a vector.`,
      choices: ['logit', 'channel'],
    });
  }
  return objective;
}

function targetsOf(
  layer: LayerInfo,
  { filters, direction }: Settings,
  context: PlanningContext,
): DreamPayload['target'][] {
  if (!direction) {
    const chosen = filters ?? { kind: 'first', count: FIRST_FILTERS };
    return context.resolveFilters(chosen, layer, 'filters').map((filter) => ({ filter }));
  }
  if (filters) {
    context.problem('direction', {
      what: 'Both `filters` and `direction` are given.',
      hint: 'Keep one: a direction names its filters.',
    });
    return [];
  }
  const depth = mapShape(layer)[2];
  const outside = Object.keys(direction).filter((channel) => Number(channel) >= depth);
  if (outside.length === 0) return [{ direction }];
  context.problem('direction', {
    what: `Layer \`${layer.name}\` has no filter ${outside.join(', ')}.`,
    why: `The layer has ${depth} filters, numbered 0 to ${depth - 1}.`,
  });
  return [];
}

function defaultLabel({ direction, diversity }: Settings, layers: number): string {
  if (direction) return '{layer}';
  const filter = layers > 1 ? '{layer} · filter {filter}' : 'filter {filter}';
  return diversity > 1 ? `${filter} · {count}` : filter;
}

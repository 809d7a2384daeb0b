import type { LayerBuilder, LayerType } from './layer-type.ts';
import { IDENTITY, READS_NOTHING } from './layer-type.ts';
import { oneInput } from './windows.ts';

/** Layers that do nothing once training is over. */
const passThrough: LayerBuilder = (config, inputs) => ({
  outputShape: oneInput(config, inputs),
  weights: [],
  field: IDENTITY,
  part: 'alike',
  forward: (_run, [x]) => x!,
  back: { reads: () => READS_NOTHING, signals: (_run, { signal }) => [signal] },
});

const NAMES = [
  'Identity',
  'Dropout',
  'SpatialDropout2D',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
  'ActivityRegularization',
  'RandomFlip',
  'RandomRotation',
  'RandomZoom',
  'RandomTranslation',
  'RandomContrast',
  'RandomBrightness',
  'RandomHue',
  'RandomSaturation',
  'RandomSharpness',
  'RandomShear',
  'RandomPosterization',
  'RandomGrayscale',
  'RandomInvert',
  'RandomErasing',
  'RandomColorDegeneration',
  'RandomColorJitter',
  'RandomPerspective',
  'RandomGaussianBlur',
  'RandomElasticTransform',
];

export const identities: readonly LayerType[] = NAMES.map((name) => ({
  ...{ name, kind: 'identity', keepsChannels: true, identity: true, build: passThrough },
}));

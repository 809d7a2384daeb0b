import { activations, prelu } from './layers/activations.ts';
import { conv2d, conv2dTranspose, depthwiseConv2d, separableConv2d } from './layers/convolution.ts';
import { dense } from './layers/dense.ts';
import type { LayerType } from './layers/layer-type.ts';
import { add, average, concatenate, maximum, minimum, multiply, subtract } from './layers/merging.ts';
import {
  batchNormalization,
  groupNormalization,
  layerNormalization,
  unitNormalization,
} from './layers/normalization.ts';
import { layerScale, normalization, rescaling } from './layers/scaling.ts';
import {
  averagePooling2d,
  globalAveragePooling2d,
  globalMaxPooling2d,
  maxPooling2d,
} from './layers/pooling.ts';
import { cropping2d, flatten, passThrough, permute, reshape, zeroPadding2d } from './layers/shaping.ts';
import { centerCrop, resizing, upSampling2d } from './layers/resizing.ts';

/** Every layer type by Keras' class name. The input is no layer: `buildGraph` gives it its shape. */
export const layerTypes: Readonly<Record<string, LayerType>> = {
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
  Conv2DTranspose: conv2dTranspose,
  Dense: dense,

  ...activations,
  PReLU: prelu,

  MaxPooling2D: maxPooling2d,
  AveragePooling2D: averagePooling2d,
  GlobalMaxPooling2D: globalMaxPooling2d,
  GlobalAveragePooling2D: globalAveragePooling2d,

  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  UnitNormalization: unitNormalization,
  Normalization: normalization,
  Rescaling: rescaling,
  LayerScale: layerScale,

  ZeroPadding2D: zeroPadding2d,
  Cropping2D: cropping2d,
  UpSampling2D: upSampling2d,
  Resizing: resizing,
  CenterCrop: centerCrop,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,

  Add: add,
  Subtract: subtract,
  Multiply: multiply,
  Average: average,
  Maximum: maximum,
  Minimum: minimum,
  Concatenate: concatenate,

  Identity: passThrough,
  Dropout: passThrough,
  SpatialDropout2D: passThrough,
  AlphaDropout: passThrough,
  GaussianDropout: passThrough,
  GaussianNoise: passThrough,
  ActivityRegularization: passThrough,
  RandomFlip: passThrough,
  RandomRotation: passThrough,
  RandomZoom: passThrough,
  RandomTranslation: passThrough,
  RandomContrast: passThrough,
  RandomBrightness: passThrough,
  RandomHue: passThrough,
  RandomSaturation: passThrough,
  RandomSharpness: passThrough,
  RandomShear: passThrough,
  RandomPosterization: passThrough,
  RandomGrayscale: passThrough,
  RandomInvert: passThrough,
  RandomErasing: passThrough,
  RandomColorDegeneration: passThrough,
  RandomColorJitter: passThrough,
  RandomPerspective: passThrough,
  RandomGaussianBlur: passThrough,
  RandomElasticTransform: passThrough,
};

/** Whether a layer of this type hands its input on, whatever its options say. */
export function isIdentity(type: LayerType): boolean {
  return type === passThrough;
}

const aliases: Readonly<Record<string, string>> = {
  Convolution2D: 'Conv2D',
  DepthwiseConvolution2D: 'DepthwiseConv2D',
  SeparableConvolution2D: 'SeparableConv2D',
  Convolution2DTranspose: 'Conv2DTranspose',
  MaxPool2D: 'MaxPooling2D',
  AvgPool2D: 'AveragePooling2D',
  GlobalMaxPool2D: 'GlobalMaxPooling2D',
  GlobalAvgPool2D: 'GlobalAveragePooling2D',
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
  SyncBatchNormalization: 'BatchNormalization',
};

/** Keras' present name of a layer type. */
export function canonicalType(type: string): string {
  return Object.hasOwn(aliases, type) ? aliases[type]! : type;
}

export function findLayerType(type: string): LayerType | undefined {
  return Object.hasOwn(layerTypes, type) ? layerTypes[type] : undefined;
}

import type { Objective } from '../../optim/objective.ts';
import type { Input, Scoring } from './scoring.ts';

/** Of maps of a layer, from one pass there and back. */
export const CAM_METHODS = ['grad-cam', 'grad-cam++', 'hires-cam', 'layer-cam'] as const;
export type CamMethod = (typeof CAM_METHODS)[number];

export const METHODS = [
  ...CAM_METHODS,
  'score-cam',
  'gradient',
  'gradient-x-input',
  'integrated-gradients',
  'smoothgrad',
  'guided-backprop',
  'guided-grad-cam',
  'occlusion',
  'rise',
] as const;
export type Method = (typeof METHODS)[number];

/** Methods whose maps are those of a layer: it can be chosen. */
export const LAYER_METHODS: readonly Method[] = [...CAM_METHODS, 'score-cam'];
/** Methods with maps of the input that look at a layer all the same. */
export const NEEDS_LAYER: readonly Method[] = [...LAYER_METHODS, 'guided-grad-cam'];
/** Positive and negative values mean evidence for and against. */
export const SIGNED: readonly Method[] = ['gradient-x-input', 'integrated-gradients', 'occlusion'];

/** Of all methods; each uses its own. */
export interface MethodSettings {
  /** integrated-gradients: points of the path; smoothgrad: noisy inputs; rise: masks. */
  readonly samples: number;
  /** smoothgrad: standard deviation of the noise, as a fraction of the input's range. */
  readonly noise: number;
  /** occlusion: pixels. */
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  /** occlusion: smaller windows follow where these change the score most. */
  readonly coarseToFine: boolean;
  /** rise: cells of a mask along each side, and the share of them that is kept. */
  readonly cells: number;
  readonly kept: number;
  /** What noise and masks are drawn from. */
  readonly seed: number;
}

/** A channel and its contribution to the score. */
export interface Contribution {
  readonly filter: number;
  readonly contribution: number;
}

/** An attribution map of one input for one score. */
export interface Attribution {
  readonly height: number;
  readonly width: number;
  /** float32 [height, width]: what is shown. */
  readonly data: Float32Array;
  /** float32 [height, width, channels] where the method gives a value for each channel of the input. */
  readonly channels?: Float32Array;
  /** Of maps of a layer: what pushes the score up and down most. */
  readonly units?: readonly Contribution[];
  /** Of integrated gradients: the sum of all values, and what it should be: score less score of the baseline. */
  readonly completeness?: { readonly sum: number; readonly difference: number };
}

export interface AttributionRequest {
  readonly scoring: Scoring;
  readonly input: Input;
  /** Indices of layers: one map of each for the methods that have maps of layers. */
  readonly layers: readonly number[];
  readonly settings: MethodSettings;
}

/** Maps of one input by objective, then by layer; methods of the input have one in place of the layers. */
export type AttributionMethod = (
  request: AttributionRequest,
  objectives: readonly Objective[],
) => Promise<readonly (readonly Attribution[])[]>;

/** What the command line needs of models. Nothing here loads TensorFlow.js; executor.ts does. */
export { formatLayers, parseModelArgument } from './describe.ts';
export type { ModelArgumentOptions } from './describe.ts';
export type { DownloadProgress } from './download.ts';
export { modelPaths } from './formats/table.ts';
export { openModel } from './open.ts';
export type { ModelSource, OpenOptions } from './open.ts';
export { listWeights, pullPackaged, pullWeights, weightsPath, weightsStatus } from './weights.ts';
export { packagedStatus } from './packaged-weights.ts';
export type { PulledWeights, PullOptions, WeightStatus } from './weights.ts';
export { findZooModel, zoo, zooNames } from './zoo/index.ts';
export type { WeightSource, ZooModel } from './zoo/index.ts';

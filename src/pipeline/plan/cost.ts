import type { ModelSource } from '../../model/open.ts';
import { techniqueNamed } from '../../techniques/registry.ts';
import type { Job, Scan } from '../../techniques/technique.ts';

/**
 * Estimated work in multiply-adds, from nothing but the plan: processes that divide work among them must agree on it, whatever has been
 * measured meanwhile.
 */

/** What a job takes beside the network: its result is encoded and written. */
const EACH_JOB = 2e6;
const EACH_VALUE = 20;

/** Multiply-adds of one image up to a layer. */
export function passCost({ layers }: Pick<ModelSource, 'layers'>): (layer: number) => number {
  let sum = 0;
  const upTo = layers.map(({ parameters, outputShape }) => {
    const places = outputShape.length === 3 ? outputShape[0]! * outputShape[1]! : 1;
    const values = outputShape.reduce((product, side) => product * side, 1);
    return (sum += parameters * places + values);
  });
  return (layer) => upTo[layer] ?? 0;
}

/** @param pass as `passCost` gives it */
export function jobCost(job: Job, pass: (layer: number) => number): number {
  const passes = techniqueNamed(job.technique).passes?.(job) ?? Math.max(1, job.images.length);
  const deepest = Math.max(0, ...job.layers);
  return EACH_JOB + passes * pass(deepest) + EACH_VALUE * job.panels * job.maxSide ** 2;
}

export function scanCost({ layers, images }: Scan, pass: (layer: number) => number): number {
  return images.length * pass(Math.max(0, ...layers));
}

import type { Target } from '../target.ts';
import { archives } from './archives.ts';
import { h5 } from './h5.ts';
import { images } from './images.ts';
import { keras } from './keras.ts';
import { narratives } from './narratives.ts';
import { onnx } from './onnx.ts';
import { pickle } from './pickle.ts';
import { safetensors } from './safetensors.ts';
import { tfjs } from './tfjs.ts';
import { tfjsGraph } from './tfjs-graph.ts';
import { yaml } from './yaml.ts';

/** One file a target. */
export const targets: readonly Target[] = [
  h5,
  keras,
  tfjs,
  tfjsGraph,
  onnx,
  pickle,
  safetensors,
  images,
  archives,
  yaml,
  narratives,
];

/** @throws Error where there is none of that name */
export function targetNamed(name: string): Target {
  const found = targets.find((target) => target.name === name);
  if (!found) throw new Error(`there is no target ${name}`);
  return found;
}

import type { LayerInfo } from '../model/network.ts';
import { outputLayers } from '../model/outputs.ts';

const shapeOf = ({ name, outputShape }: LayerInfo): string => `\`${name}\` (${outputShape.join(' x ')})`;

/** Why a network has no classes that a view could mean, and what to do. @param instead what else can be done, a sentence */
export function noClassesProblem(
  layers: readonly LayerInfo[],
  instead: string,
): {
  readonly what: string;
  readonly why: string;
  readonly hint: string;
  readonly choices?: readonly string[];
} {
  const known = layers.some(({ inputs }) => inputs !== undefined);
  const outputs = known ? outputLayers(layers) : [layers.at(-1)!];
  if (outputs.length > 1) {
    const vectors = outputs.filter(({ outputShape }) => outputShape.length === 1);
    return {
      what: 'The network has several outputs, and the experiment does not say which has the classes.',
      why: `Its outputs are ${outputs.map(shapeOf).join(', ')}.`,
      hint: `Write \`output: NAME\` under \`model\`. ${instead}`,
      choices: (vectors.length > 0 ? vectors : outputs).map(({ name }) => `output: ${name}`),
    };
  }
  const last = outputs[0]!;
  return {
    what: 'The network has no classes.',
    why: `Its last layer, \`${last.name}\`, gives ${last.outputShape.join(' x ')} values, not a vector of scores.`,
    hint: instead,
  };
}

import { resolve } from 'node:path';
import { UserError } from '../errors.ts';
import type { ModelSpec } from '../schema/experiment.ts';
import { visible } from '../visible.ts';
import { modelPaths } from './formats/table.ts';
import type { LayerInfo, ReceptiveField } from './network.ts';
import { findZooModel, zooNames } from './zoo/index.ts';

export interface ModelArgumentOptions {
  /** [height, width] */
  readonly input?: readonly [number, number];
  readonly noTop?: boolean;
}

/**
 * A model named on the command line: a zoo name, or the path of a model file, relative to the working directory. To
 * list a zoo network's layers takes no trained weights, so random ones stand in for them.
 */
export function parseModelArgument(
  argument: string,
  { input, noTop = false }: ModelArgumentOptions = {},
): ModelSpec {
  const common = { includeTop: !noTop, inputChannels: 3 as const, ...(input ? { input } : {}) };
  const model = findZooModel(argument);
  if (model) {
    return {
      source: { kind: 'zoo', name: argument },
      ...common,
      ...(model.weights ? { weights: 'random' as const } : {}),
    };
  }
  if (/[./\\]/.test(argument)) return { source: { kind: 'file', path: resolve(argument) }, ...common };
  throw new UserError({
    what: `There is no model \`${argument}\`.`,
    why: 'The argument is neither the name of a zoo network nor the path of a model file.',
    choices: [...zooNames, ...modelPaths()],
  });
}

/**
 * One line a layer: index, name, type, output shape, parameters, receptive field in input pixels. Every line begins
 * with the index, one space and the name.
 */
export function formatLayers(layers: readonly LayerInfo[]): string {
  const rows = layers.map((layer) => [
    `${layer.index} ${visible(layer.name)}`,
    visible(layer.type),
    layer.outputShape.join('x'),
    `${layer.parameters.toLocaleString('en')} parameters`,
    fieldText(layer.receptiveField),
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const numbers = 3;
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === numbers ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function fieldText(field: ReceptiveField | undefined): string {
  if (!field) return 'receptive field: whole image';
  const pair = (numbers: readonly number[], by: string): string =>
    numbers.map((n) => Math.round(n * 100) / 100).join(by);
  return `receptive field ${pair(field.size, 'x')}, stride ${pair(field.stride, 'x')}, offset ${pair(field.offset, ',')}`;
}

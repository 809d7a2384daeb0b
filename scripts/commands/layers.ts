import type { Command } from 'commander';
import { heightAndWidth } from './shared-options.ts';
import { defineWork } from './shell.ts';

export function defineLayers(program: Command): void {
  const command = program
    .command('layers')
    .description('list the layers of a model: index, name, type, output shape, parameters, receptive field')
    .argument('<model>', 'an experiment id, a model file or a zoo name')
    .option('--input <HxW>', 'input size of a network that takes any, as 256x256', heightAndWidth)
    .option('--no-top', "without a zoo model's classifier");
  defineWork(command, async ({ args, own, options, effects, print }) => {
    const { parseModelArgument, openModel, formatLayers } = await import('../../src/model/index.ts');
    void [parseModelArgument, openModel, formatLayers, args, own, options, effects, print];
    return 0;
  });
}

import type { Command } from 'commander';

export function defineWeights(program: Command): void {
  const weights = program.command('weights').description("fetch and list the zoo's weights");
  void weights;
}

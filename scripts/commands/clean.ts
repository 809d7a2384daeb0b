import type { Command } from 'commander';
import { defineWork } from './shell.ts';

export function defineClean(program: Command): void {
  const command = program
    .command('clean')
    .description('remove kept results and the gallery; downloaded weights stay')
    .option('--unused', 'remove only what no experiment needs any more');
  defineWork(command, async () => 0);
}

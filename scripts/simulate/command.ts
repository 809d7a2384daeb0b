import type { Command } from 'commander';
import { fileSize } from '../../src/byte-size.ts';
import { defineWork } from '../../src/cli/shell.ts';
import { positiveInteger } from '../../src/cli/shared-options.ts';
import measured from './measured.json' with { type: 'json' };
import { simulate } from './simulation.ts';
import type { Line } from './simulation.ts';

const WORKERS = [1, 10, 100, 1_000];

/** A bucket in the same region: 20 ms, 10 Gbit/s, 3,500 writes per second and prefix, two prefixes. */
export const BUCKET: Line = { latency: 20, atOnce: 16, bandwidth: 1.25e9, requests: 7_000 };

/** One worker alone on the machine, as it was measured. */
export const alone = measured.runs[0]!;

export function defineSimulate(program: Command): void {
  const command = program
    .command('simulate')
    .description('estimate builds by many workers from measured costs of jobs')
    .option('--images <count>', 'images of the experiment', positiveInteger, 1_000_000)
    .option('--compute <ms>', 'milliseconds of one batch, instead of the measured', positiveInteger);
  defineWork(command, ({ own, print }) => {
    const images = own['images'] as number;
    const compute = (own['compute'] as number | undefined) ?? alone.compute;
    const cost = { ...measured.batch, first: alone.first + compute - alone.compute, compute };
    print(
      '| workers | time | computing | store | waiting | Redis busy | requests/s | bytes/s | keys | Redis memory |\n' +
        '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    );
    for (const workers of WORKERS) {
      const found = simulate(workers, images, { cost, line: BUCKET });
      const { seconds, computing, onStore, waiting, redisBusy, requestsPerSecond, bytesPerSecond } = found;
      const cells = [
        ...[workers.toLocaleString('en'), duration(seconds), percent(computing), percent(onStore)],
        ...[percent(waiting), percent(redisBusy), Math.round(requestsPerSecond).toLocaleString('en')],
        ...[fileSize(bytesPerSecond), found.keys.toLocaleString('en'), fileSize(found.redisMemory)],
      ];
      print(`| ${cells.join(' | ')} |`);
    }
    return Promise.resolve(0);
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

function duration(seconds: number): string {
  if (seconds >= 5_400) return `${(seconds / 3_600).toFixed(1)} h`;
  return seconds >= 90 ? `${(seconds / 60).toFixed(1)} min` : `${seconds.toFixed(1)} s`;
}

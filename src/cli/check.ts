import type { Command } from 'commander';
import { formatProblem } from '../errors.ts';
import type { PlanSummary } from '../publish/gallery.ts';
import { visible } from '../visible.ts';
import { galleryOptions } from './gallery-request.ts';
import { defineWork } from './shell.ts';

export function defineCheck(program: Command): void {
  const command = program
    .command('check')
    .description('validate everything, run nothing')
    .argument('[ids...]', 'experiments to check (default: all)')
    .option('--plan', 'print the number of jobs, how many are cached, and the estimated time');
  defineWork(command, async ({ args, own, options, effects, signal, print }) => {
    const { checkGallery } = await import('../publish/gallery.ts');
    const ids = args[0] as string[];
    const { plans, skipped } = await checkGallery({ ids, options: galleryOptions(options), effects, signal });
    if (options.json) {
      for (const plan of plans) print(JSON.stringify({ event: 'plan', ...plan }));
      for (const each of skipped) print(JSON.stringify({ event: 'skipped', ...each }));
      return 0;
    }
    for (const plan of plans)
      effects.log.info(own['plan'] ? describePlan(plan) : `${visible(plan.id)}: valid`);
    for (const { id, notice } of skipped) {
      const reasons = notice.map(formatProblem).join('\n').replace(/^/gm, '  ');
      effects.log.info(`${visible(id)}: would be skipped, since it is optional.\n${reasons}`);
    }
    return 0;
  });
}

/** One line for the experiment, then a table of its views. */
export function describePlan({ id, units, cached, estimate, views }: PlanSummary): string {
  const stale = units - cached;
  const time =
    stale === 0 ? '' : `, ${estimate === undefined ? 'time unknown' : `about ${duration(estimate)}`}`;
  const names = views.map((view) => visible(view.id));
  const width = Math.max(...names.map((name) => name.length));
  const lines = views.map(
    (view, index) =>
      `  ${names[index]!.padEnd(width)}  ${count(view.units, 'job')}, ${count(view.panels, 'panel')}`,
  );
  return [`${visible(id)}: ${count(units, 'job')}, ${cached} cached, ${stale} to run${time}`, ...lines].join(
    '\n',
  );
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

function duration(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

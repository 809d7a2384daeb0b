import type { Progress, ProgressEvent } from './progress.ts';

/** Where a build's time went. Milliseconds. */
export interface Profile {
  /** In their order; together the whole build. */
  readonly stages: readonly Stage[];
  /** Of the stage `computing`, by view: the time until each of its jobs was done, from the job before. */
  readonly views: readonly ViewTime[];
}

export interface Stage {
  readonly name: StageName;
  readonly milliseconds: number;
  /** Of all threads of this process; more than `milliseconds` where several are busy. Pages are rendered in processes of their own. */
  readonly processor: number;
}

export interface ViewTime {
  readonly experiment: string;
  readonly view: string;
  readonly jobs: number;
  readonly milliseconds: number;
}

const STAGES = ['start-up', 'planning', 'backend', 'computing', 'drawing', 'pages', 'publishing'] as const;
export type StageName = (typeof STAGES)[number];

/** Milliseconds since this process began. */
export interface ProcessClock {
  readonly now: () => number;
  /** Processor time that it has used. */
  readonly processor: () => number;
}

/** Views are drawn while others are computed; what is left then is a stage of its own. */
const ENDS: Partial<Record<ProgressEvent['event'], StageName>> = {
  plan: 'planning',
  backend: 'backend',
  start: 'backend',
  unit: 'computing',
  view: 'drawing',
  site: 'pages',
  shard: 'publishing',
  end: 'publishing',
};

/**
 * Passes everything on, and measures between the events.
 * @param report called once, when the build has ended
 */
export function profiling(
  progress: Progress,
  clock: ProcessClock,
  report: (profile: Profile) => void,
): Progress {
  const times = new Map<StageName, { milliseconds: number; processor: number }>();
  const views = new Map<string, { experiment: string; view: string; jobs: number; milliseconds: number }>();
  let at = 0;
  let used = 0;
  let lastJob = 0;
  let jobsLeft = Infinity;
  const add = (name: StageName): void => {
    const [now, processor] = [clock.now(), clock.processor()];
    const known = times.get(name) ?? { milliseconds: 0, processor: 0 };
    known.milliseconds += now - at;
    known.processor += processor - used;
    times.set(name, known);
    [at, used] = [now, processor];
  };
  add('start-up');
  return {
    tell(event) {
      // What is drawn before the last job is done does not hold up the build.
      const stage = event.event === 'view' && jobsLeft > 0 ? 'computing' : ENDS[event.event];
      if (stage) add(stage);
      if (event.event === 'start') {
        jobsLeft = event.units - event.cached;
        lastJob = at;
      }
      if (event.event === 'unit') {
        jobsLeft = event.total - event.done;
        const { experiment, view } = event;
        const key = JSON.stringify([experiment, view]);
        const known = views.get(key) ?? { experiment, view, jobs: 0, milliseconds: 0 };
        known.jobs += 1;
        known.milliseconds += at - lastJob;
        lastJob = at;
        views.set(key, known);
      }
      progress.tell(event);
      if (event.event !== 'end' && event.event !== 'shard') return;
      const stages = STAGES.flatMap((name) => {
        const found = times.get(name);
        return found ? [{ name, ...found }] : [];
      });
      report({ stages, views: [...views.values()].sort((a, b) => b.milliseconds - a.milliseconds) });
    },
    stop: () => progress.stop(),
  };
}

/** As lines, longest views first. */
export function profileLines({ stages, views }: Profile): string[] {
  const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1).padStart(8);
  const whole = stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const share = (milliseconds: number): string =>
    `${Math.round((100 * milliseconds) / Math.max(whole, 1))} %`.padStart(6);
  return [
    `${''.padEnd(14)}${'seconds'.padStart(8)}${'share'.padStart(6)}${'processor'.padStart(11)}`,
    ...stages.map(
      ({ name, milliseconds, processor }) =>
        `${name.padEnd(14)}${seconds(milliseconds)}${share(milliseconds)}${seconds(processor).padStart(11)}`,
    ),
    ...(views.length > 0 ? ['', 'computing, by view'] : []),
    ...views.map(
      ({ experiment, view, jobs, milliseconds }) =>
        `${seconds(milliseconds)}  ${experiment}/${view}, ${jobs === 1 ? '1 job' : `${jobs} jobs`}`,
    ),
  ];
}

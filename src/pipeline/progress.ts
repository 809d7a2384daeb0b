import { MultiBar, Presets } from 'cli-progress';
import type { SingleBar } from 'cli-progress';
import { fileSize } from '../byte-size.ts';
import type { Logger } from '../effects.ts';
import { visible, visibleLines } from '../visible.ts';

/** What the pipeline says while it works. */
export type ProgressEvent =
  | { readonly event: 'backend'; readonly line: string; readonly name: string; readonly device: string }
  | { readonly event: 'plan'; readonly experiment: string; readonly units: number; readonly cached: number }
  | { readonly event: 'start'; readonly units: number; readonly cached: number }
  | {
      readonly event: 'unit';
      readonly experiment: string;
      readonly view: string;
      readonly label: string;
      readonly done: number;
      readonly total: number;
    }
  | { readonly event: 'view'; readonly experiment: string; readonly view: string }
  | { readonly event: 'skipped'; readonly experiment: string; readonly notice: string }
  /** A file out of a package: without `bytes` it is being fetched, with them it is here. */
  | { readonly event: 'weights'; readonly source: string; readonly bytes?: number }
  | { readonly event: 'warning'; readonly message: string }
  /** A view was not made, because the code of its technique threw. */
  | {
      readonly event: 'failed';
      readonly experiment: string;
      readonly view: string;
      readonly technique: string;
      readonly message: string;
    }
  | {
      readonly event: 'site';
      readonly pages: number;
      /** Of them; the others were rendered before. */
      readonly rendered: number;
      readonly cached: boolean;
    }
  /** A shard's jobs are in the store. */
  | {
      readonly event: 'shard';
      readonly index: number;
      readonly count: number;
      readonly units: number;
      readonly cached: number;
      readonly milliseconds: number;
    }
  | {
      readonly event: 'end';
      readonly units: number;
      readonly cached: number;
      readonly milliseconds: number;
      readonly out: string;
    };

export interface Progress {
  tell(event: ProgressEvent): void;
  /** Leaves the terminal as it was found, whatever happened. */
  stop(): void;
}

export const silentProgress: Progress = { tell: () => {}, stop: () => {} };

/** One JSON object a line on standard output. */
export function jsonProgress(write: (line: string) => void): Progress {
  return { tell: (event) => write(JSON.stringify(event)), stop: () => {} };
}

/** Plain lines, for logs and pipes: at most one a second while jobs are computed. */
export function plainProgress(log: Logger, now: () => number): Progress {
  let last = -Infinity;
  let started = now();
  return {
    tell(event) {
      if (event.event === 'start') started = now();
      if (event.event === 'unit') {
        if (now() - last < 1000 && event.done < event.total) return;
        last = now();
        log.info(`${event.done}/${event.total}  ${clock(now() - started)}  ${nameJob(event)}`);
      } else {
        const line = describe(event);
        if (line !== undefined) levelOf(event, log)(line);
      }
    },
    stop: () => {},
  };
}

/** A bar with the job in hand, hits of the cache, n/total, time gone and time left. */
export function barProgress(log: Logger): Progress {
  let bars: MultiBar | undefined;
  let bar: SingleBar | undefined;
  const stop = (): void => {
    bars?.stop();
    bars = bar = undefined;
  };
  return {
    tell(event) {
      if (event.event === 'start') {
        if (event.units === event.cached) return;
        bars = new MultiBar(
          {
            format: '{bar} {value}/{total} ({cached} cached)  {gone}, {eta_formatted} left  {label}',
            clearOnComplete: true,
            hideCursor: true,
            barsize: 24,
            autopadding: true,
            etaBuffer: 50,
          },
          Presets.shades_classic,
        );
        const start = Date.now();
        bar = bars.create(event.units - event.cached, 0, { label: '', cached: event.cached, gone: '0:00' });
        bars.on('redraw-pre', () => bar?.update({ gone: clock(Date.now() - start) }));
      } else if (event.event === 'unit') {
        bar?.update(event.done, { label: [...nameJob(event)].slice(0, 60).join('') });
        if (event.done === event.total) stop();
      } else {
        const line = describe(event);
        if (line === undefined) return;
        // The bar draws itself and what stands above it: this does not pass the logger.
        if (bars) bars.log(`${visibleLines(line)}\n`);
        else levelOf(event, log)(line);
      }
    },
    stop,
  };
}

function levelOf({ event }: ProgressEvent, log: Logger): (line: string) => void {
  if (event === 'failed') return log.error;
  return event === 'warning' ? log.warn : log.info;
}

/** Of what is computed, as one line: layers and images may be called anything. */
function nameJob({ experiment, view, label }: Extract<ProgressEvent, { event: 'unit' }>): string {
  return visible(`${experiment}/${view}: ${label}`);
}

function describe(event: Exclude<ProgressEvent, { event: 'unit' }>): string | undefined {
  switch (event.event) {
    case 'backend':
      return event.line;
    case 'plan':
      return `${visible(event.experiment)}: ${count(event.units, 'job')}, ${event.cached} cached`;
    case 'start':
    case 'view':
      return undefined;
    case 'skipped':
      return `${visible(event.experiment)}: skipped, since it is optional.\n${event.notice.replace(/^/gm, '  ')}`;
    case 'weights':
      return event.bytes === undefined
        ? `Downloading ${visible(event.source)} …`
        : `Downloaded ${fileSize(event.bytes)}.`;
    case 'warning':
      return `Warning: ${event.message}`;
    case 'failed':
      return visible(`${event.experiment}: View \`${event.view}\` was not made. ${event.message}`);
    case 'site':
      if (event.cached) return 'Pages: unchanged.';
      return event.rendered === event.pages
        ? `Pages: ${event.pages} rendered.`
        : `Pages: ${event.rendered} of ${event.pages} rendered, the others are unchanged.`;
    case 'shard':
      return `Shard ${event.index} of ${event.count}: ${describeWork(event)}`;
    case 'end':
      return `${visible(event.out)}: ${describeWork(event)}`;
  }
}

function describeWork(done: { units: number; cached: number; milliseconds: number }): string {
  const { units, cached, milliseconds } = done;
  return `${count(units - cached, 'job')} computed, ${cached} cached, ${(milliseconds / 1000).toFixed(1)} s`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

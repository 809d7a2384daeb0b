import { describe, expect, it } from 'vitest';
import { profileLines, profiling, type Profile } from '../../src/pipeline/profile.ts';
import { silentProgress, type ProgressEvent } from '../../src/pipeline/progress.ts';

/** Each event and the second at which it comes; this process has used the processor for twice that. */
function profileOf(...events: readonly (readonly [second: number, event: ProgressEvent])[]): Profile {
  let second = 1;
  const found: Profile[] = [];
  const passedOn: ProgressEvent[] = [];
  const progress = profiling(
    { ...silentProgress, tell: (event) => passedOn.push(event) },
    { now: () => second * 1000, processor: () => second * 2000 },
    (profile) => found.push(profile),
  );
  for (const [at, event] of events) {
    second = at;
    progress.tell(event);
  }
  expect(passedOn).toEqual(events.map(([, event]) => event));
  expect(found).toHaveLength(1);
  return found[0]!;
}

const unit = (view: string, done: number, total: number): ProgressEvent => ({
  ...{ event: 'unit', experiment: 'cat', view, label: view, done, total },
});
const end: ProgressEvent = { event: 'end', units: 3, cached: 0, milliseconds: 0, out: 'dist' };
const site: ProgressEvent = { event: 'site', pages: 1, rendered: 1, cached: false };
const view = (id: string): ProgressEvent => ({ event: 'view', experiment: 'cat', view: id });

describe('profiling', () => {
  const profile = profileOf(
    [3, { event: 'plan', experiment: 'cat', units: 3, cached: 0 }],
    [5, { event: 'backend', line: '', name: 'wasm', device: 'CPU' }],
    [5, { event: 'start', units: 3, cached: 0 }],
    [6, unit('maps', 1, 3)],
    [8, unit('dreams', 2, 3)],
    // Beside the next job.
    [10, view('maps')],
    [15, unit('dreams', 3, 3)],
    [17, view('dreams')],
    [21, site],
    [22, end],
  );

  it('says how long each stage took, all of them together the whole build', () => {
    expect(Object.fromEntries(profile.stages.map(({ name, milliseconds }) => [name, milliseconds]))).toEqual({
      'start-up': 1000,
      planning: 2000,
      backend: 2000,
      computing: 10_000,
      drawing: 2000,
      pages: 4000,
      publishing: 1000,
    });
    for (const { milliseconds, processor } of profile.stages) expect(processor).toBe(2 * milliseconds);
  });

  it('says how long the jobs of each view took, longest first', () => {
    expect(profile.views).toEqual([
      { experiment: 'cat', view: 'dreams', jobs: 2, milliseconds: 9000 },
      { experiment: 'cat', view: 'maps', jobs: 1, milliseconds: 1000 },
    ]);
  });

  it('is printed as a table', () => {
    expect(profileLines(profile)).toEqual([
      '               seconds share  processor',
      'start-up           1.0   5 %        2.0',
      'planning           2.0   9 %        4.0',
      'backend            2.0   9 %        4.0',
      'computing         10.0  45 %       20.0',
      'drawing            2.0   9 %        4.0',
      'pages              4.0  18 %        8.0',
      'publishing         1.0   5 %        2.0',
      '',
      'computing, by view',
      '     9.0  cat/dreams, 2 jobs',
      '     1.0  cat/maps, 1 job',
    ]);
  });

  it('has no time for what did not happen', () => {
    const cached = profileOf(
      [2, { event: 'plan', experiment: 'cat', units: 3, cached: 3 }],
      [2, { event: 'start', units: 3, cached: 3 }],
      [3, view('maps')],
      [4, site],
      [4, end],
    );
    expect(cached.views).toEqual([]);
    expect(cached.stages.map(({ name }) => name)).toEqual([
      ...['start-up', 'planning', 'backend', 'drawing', 'pages', 'publishing'],
    ]);
    expect(cached.stages.find(({ name }) => name === 'drawing')!.milliseconds).toBe(1000);
  });
});

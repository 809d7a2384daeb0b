import { describe, expect, it } from 'vitest';
import { checkOutput, checkPlanned } from '../../src/techniques/check-output.ts';
import type { ComputedPanel, Job, PlannedView } from '../../src/techniques/technique.ts';

const job: Job = {
  ...{ label: 'conv · a.png', view: 'v', technique: 't', group: 'g', layers: [0], images: [3] },
  ...{ payload: {}, panels: 1, maxSide: 8 },
};
const display: PlannedView['display'] = {
  ...{ label: '', style: 'heatmap', levels: 7, colormap: 'viridis', normalize: 'panel' },
};
const panel: ComputedPanel = {
  ...{ kind: 'map', image: 0, height: 1, width: 2, channels: 1, data: Float32Array.of(0, 1), range: [0, 1] },
};

describe('a plan', () => {
  it('may have jobs of images that share a name', () => {
    expect(() => checkPlanned({ jobs: [job, { ...job, images: [4] }], display })).not.toThrow();
  });

  it.each([
    ['no jobs', { display }],
    ['a job without a group', { jobs: [{ ...job, group: undefined }], display }],
    ['a part of a panel', { jobs: [{ ...job, panels: 0.5 }], display }],
    ['no display', { jobs: [job] }],
  ])('with %s is refused', (_, planned) => {
    expect(() => checkPlanned(planned as unknown as PlannedView)).toThrow('`plan` returned an invalid value');
  });
});

describe('an output', () => {
  it('that is as planned is taken', () => {
    expect(() => checkOutput([job], { job: 0, panels: [panel] })).not.toThrow();
  });

  it.each([
    ['of no job', { job: 1, panels: [panel] }, 'job 1, of 1'],
    ['with too many panels', { job: 0, panels: [panel, panel] }, '2 panels instead of 1'],
    ['with too few values', { job: 0, panels: [{ ...panel, width: 3 }] }, '2 values, not 1 x 3 x 1'],
    [
      'with values of another kind',
      { job: 0, panels: [{ ...panel, data: [0, 1] as never }] },
      'Float32Array',
    ],
    ['of an image that the job has not', { job: 0, panels: [{ ...panel, image: 1 }] }, 'image 1'],
  ])('%s is refused', (_, output, message) => {
    expect(() => checkOutput([job], output)).toThrow(message);
  });
});

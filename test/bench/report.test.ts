import { stringify } from 'yaml';
import { expect, it } from 'vitest';
import { REPORT, reportExperiment } from '../../scripts/bench/report.ts';
import { checkGallery } from '../../src/publish/gallery.ts';
import { makeWorkspace } from '../publish/workspace.ts';

it('measures a report of all filters of the thirteen convolutions for every image', async () => {
  const workspace = await makeWorkspace();
  await workspace.write({ 'experiments/report.yaml': stringify(reportExperiment) });
  const { options, effects } = workspace;
  const { plans } = await checkGallery({ ids: ['report'], options, effects });
  const panels = plans[0]!.views.map((view) => view.panels);
  expect(panels).toHaveLength(13);
  expect(panels.reduce((sum, count) => sum + count)).toBe(4224 * REPORT.images);
});

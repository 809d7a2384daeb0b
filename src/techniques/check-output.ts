import { z } from 'zod/v4';
import type { Job, JobOutput, PlannedView } from './technique.ts';

/** What a technique gives is checked where it is taken, so that a fault of a project's own one is named and goes no further. */

const texts = z.string().min(1);
const indices = z.array(z.int().nonnegative());

const jobSchema = z.looseObject({
  label: texts,
  group: texts,
  layers: indices,
  images: indices,
  payload: z.record(z.string(), z.unknown()),
  panels: z.int().nonnegative(),
  maxSide: z.int().positive(),
});

const displaySchema = z.looseObject({
  label: z.string(),
  style: z.enum(['heatmap', 'contour']),
  levels: z.int().positive(),
  colormap: texts,
  normalize: z.enum(['panel', 'layer', 'fixed', 'channel']),
});

const plannedSchema = z.looseObject({ jobs: z.array(jobSchema), display: displaySchema });

/** @throws Error saying what is wrong */
export function checkPlanned(planned: Pick<PlannedView, 'jobs' | 'display'>): void {
  const { error } = plannedSchema.safeParse(planned);
  if (error) throw new Error(`\`plan\` returned an invalid value: ${z.prettifyError(error)}`);
}

/** @throws Error saying what is wrong */
export function checkOutput(jobs: readonly Job[], { job: position, panels }: JobOutput): void {
  const job = jobs[position];
  if (!job) throw new Error(`\`compute\` returned a result for job ${String(position)}, of ${jobs.length}`);
  const wrong = (what: string): never => {
    throw new Error(`\`compute\` returned an invalid result for ${JSON.stringify(job.label)}: ${what}`);
  };
  if (!Array.isArray(panels) || panels.length !== job.panels) {
    wrong(`${Array.isArray(panels) ? panels.length : 'no'} panels instead of ${job.panels}`);
  }
  for (const [index, panel] of panels.entries()) {
    const { height, width, data, range, image, channelOf } = panel;
    const channels = channelOf?.channels ?? panel.channels;
    if (!(data instanceof Float32Array)) wrong(`\`data\` of panel ${index} is not a Float32Array`);
    if (data.length !== height * width * channels) {
      wrong(`panel ${index} has ${data.length} values, not ${height} x ${width} x ${channels}`);
    }
    if (channelOf && (panel.channels !== 1 || !(channelOf.channel >= 0 && channelOf.channel < channels))) {
      wrong(`panel ${index} is not one of the ${channels} channels of its \`data\``);
    }
    if (!Array.isArray(range) || range.length !== 2) wrong(`panel ${index} has no \`range\``);
    if (image !== undefined && job.images[image] === undefined) {
      wrong(`panel ${index} is of image ${image}, which is not a position in the job's images`);
    }
  }
}

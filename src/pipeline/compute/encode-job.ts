import type { Job, JobOutput } from '../../techniques/technique.ts';
import { encodePanels } from '../results/encode-panels.ts';
import { buffersOf, filesOf } from '../results/panel-files.ts';
import type { ComputedJob } from './protocol.ts';

/** A job's output as it goes from the model thread to the main one, and the memory that goes over with it. @param memory where its numbers go */
export function encodeJob(
  job: Pick<Job, 'maxSide'>,
  output: JobOutput,
  memory?: (bytes: number) => ArrayBuffer,
): { readonly result: ComputedJob; readonly transfer: ArrayBuffer[] } {
  const { panels, payload } = encodePanels(output.panels, job.maxSide, memory);
  // A view into the backend's memory may not be handed to another thread.
  const values = (output.values ?? []).map((each) => ({ ...each, data: each.data.slice() }));
  const files = filesOf(output.panels);
  return {
    result: { job: output.job, panels, payload, values, files },
    transfer: [payload.buffer as ArrayBuffer, ...values.map(({ data }) => data.buffer), ...buffersOf(files)],
  };
}

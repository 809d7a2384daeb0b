import { readSealed, seal } from '../../src/store/seal.ts';
import { writeWhole } from '../../src/store/store.ts';
import type { TrainingProgress } from './progress.ts';
import type { TrainingState } from './epoch.ts';
import type { Parameter } from './parameters.ts';

/** A state at the end of an epoch, with the losses and accuracies up to it. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly progress: TrainingProgress;
}

interface Header {
  readonly epoch: number;
  readonly steps: number;
  readonly progress: TrainingProgress;
  readonly arrays: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/**
 * Whole or not at all, also after a power cut. Sealed: a line of JSON, then float32 numbers.
 * @param key of all that the numbers depend on: a checkpoint of other settings is none
 */
export async function writeCheckpoint(
  path: string,
  key: string,
  { state, progress }: Checkpoint,
): Promise<void> {
  const arrays = list(state);
  const numbers = Buffer.concat(
    arrays.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  );
  const header: Header = {
    epoch: state.epoch,
    steps: state.optimizer.steps,
    progress,
    arrays: arrays.map(({ name, shape }) => ({ name, shape })),
  };
  const line = Buffer.from(`${JSON.stringify(header)}\n`);
  await writeWhole(path, seal(key, Buffer.concat([line, numbers])), { durable: true });
}

/** Undefined where there is none, or one of other settings, or one that cannot be trusted. */
export async function readCheckpoint(path: string, key: string): Promise<Checkpoint | undefined> {
  const found = await readSealed(path, key);
  if (found.state !== 'sound') return undefined;
  const bytes = found.value;
  const end = bytes.indexOf(10);
  try {
    const header = JSON.parse(bytes.toString('utf8', 0, end)) as Header;
    const numbers = Uint8Array.from(bytes.subarray(end + 1));
    let offset = 0;
    const groups = new Map<string, Map<string, Parameter>>();
    for (const { name, shape } of header.arrays) {
      const length = shape.reduce((product, n) => product * n, 1);
      const data = new Float32Array(numbers.buffer, offset, length).slice();
      offset += data.byteLength;
      const [group, rest] = [name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)];
      groups.set(group, (groups.get(group) ?? new Map<string, Parameter>()).set(rest, { shape, data }));
    }
    const flat = (group: string) => new Map([...groups.get(group)!].map(([name, { data }]) => [name, data]));
    return {
      state: {
        epoch: header.epoch,
        parameters: groups.get('parameter')!,
        statistics: flat('statistic'),
        optimizer: { steps: header.steps, first: flat('first'), second: flat('second') },
      },
      progress: header.progress,
    };
  } catch {
    return undefined;
  }
}

function list({
  parameters,
  statistics,
  optimizer,
}: TrainingState): (Parameter & { readonly name: string })[] {
  const flat = (group: string, arrays: ReadonlyMap<string, Float32Array>) =>
    [...arrays].map(([name, data]) => ({ name: `${group}:${name}`, shape: [data.length], data }));
  return [
    ...[...parameters].map(([name, parameter]) => ({ name: `parameter:${name}`, ...parameter })),
    ...flat('statistic', statistics),
    ...flat('first', optimizer.first),
    ...flat('second', optimizer.second),
  ];
}

import type { PanelKind } from '../../schema/report.ts';
import { LostEntryError } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import type { Facts } from '../../techniques/technique.ts';
import { assetsOf } from './panel-files.ts';
import type { StoredFiles } from './panel-files.ts';
import { packSteps, unpackSteps } from './pack-steps.ts';
import { QUANTIZED, stepOf } from './quantize.ts';
import { shareFields, spreadFields } from './shared-fields.ts';
import type { SharedFields } from './shared-fields.ts';

/**
 * A panel as the cache keeps it: what it tells in a record, its values as uint16 steps between its least and greatest value. 65,534
 * steps are finer than any display, and half of float32.
 */
export interface StoredPanel {
  readonly kind: PanelKind;
  readonly filter?: number;
  /** Position in the job's `images`. */
  readonly image?: number;
  /** Of the stored map. */
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Of the map before it was averaged down. */
  readonly fullHeight: number;
  readonly fullWidth: number;
  /** Least and greatest finite value of the full map; null where there is none. */
  readonly range: readonly [number | null, number | null];
  /** Range of the stored map, which the steps divide. */
  readonly scale: readonly [number, number];
  readonly flags: readonly string[];
  readonly compression?: 'lossless' | 'fine';
  readonly facts?: Facts;
  readonly files?: StoredFiles;
  /** In elements from the start of the job's numbers. */
  readonly offset: number;
}

/** A job's result without its numbers: a record of its own, so that it can be read without them. */
export interface StoredJob {
  readonly panels: readonly StoredPanel[];
  readonly values: readonly StoredValues[];
  /** That the numbers of all panels take in the store. */
  readonly bytes: number;
}

interface JobRecord extends Omit<StoredJob, 'panels'> {
  readonly panels: SharedFields;
}

export interface StoredValues {
  readonly filters: readonly number[];
  /** Name of the .npy file among the store's assets. */
  readonly asset: string;
}

/** Part of every cache key: raise it when the stored form changes. */
export const RESULT_VERSION = 6;

/** Of records. */
export const JOB_RECORD = 'job';

const NOT_FINITE = QUANTIZED.notFinite;

/** Keeps a job's result: once the record is there, all of it is. */
export async function writeJob(
  store: Store,
  key: string,
  { panels, values }: Omit<StoredJob, 'bytes'>,
  payload: Uint16Array,
): Promise<void> {
  const packed = await packSteps(payload);
  await store.writeRaw(key, packed);
  const record: JobRecord = { panels: shareFields(panels), values, bytes: packed.length };
  await store.writeRecord(JOB_RECORD, key, record);
}

/** Undefined where there is none. */
export async function findJob(store: Store, key: string): Promise<StoredJob | undefined> {
  const record = (await store.readRecord(JOB_RECORD, key)) as JobRecord | undefined;
  return record && { ...record, panels: spreadFields(record.panels) as unknown as StoredPanel[] };
}

/** @throws LostEntryError where the cache has it no longer */
export async function readJob(store: Store, key: string): Promise<StoredJob> {
  const job = await findJob(store, key);
  if (!job) throw new LostEntryError(`records/${JOB_RECORD}/${key}.json`);
  return job;
}

/** True where the whole result is there, the files it names included. @param thorough whether every byte of its numbers is checked */
export async function isStored(store: Store, key: string, thorough: boolean): Promise<boolean> {
  const job = await findJob(store, key);
  if (!job) return false;
  const bytes = thorough ? (await store.readRaw(key))?.byteLength : await store.rawSize(key);
  if (bytes !== job.bytes) return false;
  for (const asset of filesIn(job)) {
    if (!(await store.assetSize(asset))) return false;
  }
  return true;
}

/** Names among the store's assets of all files that a result has beside its numbers. */
export function filesIn({ panels, values }: StoredJob): string[] {
  return [
    ...values.map(({ asset }) => asset),
    ...panels.flatMap(({ files }) => (files ? assetsOf(files) : [])),
  ];
}

/** The numbers of a job. */
export interface PanelNumbers {
  /** float32 [height, width, channels] of a panel; NaN where the value was not finite. */
  of(panel: StoredPanel): Float32Array;
  /** The same in steps from the least to the greatest value of its `scale`: see `QUANTIZED`. Not to be changed. */
  steps(panel: StoredPanel): Uint16Array;
}

/** @throws LostEntryError where the cache has a job's numbers no longer */
export async function readNumbers(store: Store, key: string): Promise<PanelNumbers> {
  const bytes = await store.readRaw(key);
  if (!bytes) throw new LostEntryError(`raw/${key}.bin`);
  return numbersIn(await unpackSteps(bytes));
}

/** @param payload of a whole job, as `encodePanels` makes it */
export function numbersIn(payload: Uint16Array): PanelNumbers {
  const steps = ({ height, width, channels, offset }: StoredPanel): Uint16Array =>
    payload.subarray(offset, offset + height * width * channels);
  return {
    steps,
    of(panel) {
      const [low] = panel.scale;
      const step = stepOf(panel.scale);
      const stored = steps(panel);
      const out = new Float32Array(stored.length);
      for (let at = 0; at < out.length; at++)
        out[at] = stored[at] === NOT_FINITE ? NaN : low + stored[at]! * step;
      return out;
    },
  };
}

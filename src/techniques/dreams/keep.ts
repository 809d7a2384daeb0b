import type { Dream, TargetCheckpoint } from '../../optim/dream.ts';
import type { PartialResults, PartialKey } from '../technique.ts';
import { decode, encode } from './encode.ts';
import type { DreamPayload } from './payload.ts';

/** Raised whenever the same settings make other dreams, on other ways, or other bytes of them. */
const VERSION = 3;
/** Part of the key: as it was first named. */
const CHECKPOINT = 'dream under way';

/**
 * Dreams by what they are made from, which images are not: a photograph that is added changes what they are compared with, and
 * nothing is dreamt again. And where those stand that are not finished.
 */
export class DreamMemory {
  constructor(
    private readonly partial: PartialResults,
    private readonly layer: number,
  ) {}

  /** The dreams of a target; undefined where they have not been made. */
  async recall(payload: DreamPayload): Promise<readonly Dream[] | undefined> {
    const dreams = await this.read<readonly Dream[]>('dream', payload);
    // A process that was stopped right after storing them has left this checkpoint.
    if (dreams) await this.partial.forget(this.keyOf(CHECKPOINT, payload));
    return dreams;
  }

  async keep(payload: DreamPayload, dreams: readonly Dream[]): Promise<void> {
    await this.partial.write(this.keyOf('dream', payload), encode(dreams));
    await this.partial.forget(this.keyOf(CHECKPOINT, payload));
  }

  /** Where the dreams of a target stood when they were last saved. */
  readCheckpoint(payload: DreamPayload): Promise<TargetCheckpoint | undefined> {
    return this.read(CHECKPOINT, payload);
  }

  async keepCheckpoint(payload: DreamPayload, checkpoint: TargetCheckpoint): Promise<void> {
    await this.partial.write(this.keyOf(CHECKPOINT, payload), encode(checkpoint));
  }

  private async read<T>(finding: string, payload: DreamPayload): Promise<T | undefined> {
    const bytes = await this.partial.read(this.keyOf(finding, payload));
    return bytes && (decode(bytes) as T | undefined);
  }

  private keyOf(finding: string, { values: _, ...about }: DreamPayload): PartialKey {
    const checkpoint = finding === CHECKPOINT;
    return { finding, version: VERSION, layer: this.layer, about, ...(checkpoint && { checkpoint }) };
  }
}

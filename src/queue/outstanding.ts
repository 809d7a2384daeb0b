import type { PlannedJob } from '../pipeline/plan/plan.ts';
import type { BatchDone, BatchMessage, Reason } from './batch-message.ts';

/** A batch that was sent, and whose end is waited for. */
export interface SentBatch {
  /** Of the queue's entry: the same work has the same, whoever sends it. */
  readonly id: string;
  message: BatchMessage;
  /** Its jobs with their positions in the brief; none of a scan. */
  readonly jobs: ReadonlyMap<number, PlannedJob>;
  /** Times that it was sent again because the store had lost something. */
  resent: number;
}

export type BatchEnd =
  { readonly kind: 'done'; readonly done: BatchDone } | { readonly kind: 'failed'; readonly reason: Reason };

/** What is waited for, and by whom: two experiments may need the same scan. */
export class Outstanding {
  private readonly open = new Map<string, { batch: SentBatch; resolve: ((end: BatchEnd) => void)[] }>();

  /** Resolves when the batch has ended. */
  wait(batch: SentBatch): Promise<BatchEnd> {
    return new Promise((resolve) => {
      const waiting = this.open.get(batch.id);
      if (waiting) waiting.resolve.push(resolve);
      else this.open.set(batch.id, { batch, resolve: [resolve] });
    });
  }

  /** Does nothing where it is not waited for. */
  end(id: string, end: BatchEnd): void {
    const waiting = this.open.get(id);
    this.open.delete(id);
    for (const resolve of waiting?.resolve ?? []) resolve(end);
  }

  has(id: string): boolean {
    return this.open.has(id);
  }

  /** The ones sent longest ago first. */
  batches(most: number): readonly SentBatch[] {
    return [...this.open.values()].slice(0, most).map(({ batch }) => batch);
  }

  get size(): number {
    return this.open.size;
  }
}

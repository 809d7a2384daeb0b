/**
 * A build by workers of a queue, as a discrete-event simulation: workers take batches, read what they need from the store, compute, write
 * results, and report. Redis and the line to the store serve one request after the other; everything else goes on side by side.
 */

/** What one batch of jobs costs. Times in milliseconds, sizes in bytes. */
export interface BatchCost {
  readonly jobs: number;
  readonly compute: number;
  /** Of the first batch of a worker, which loads the model. */
  readonly first: number;
  /** Requests to Redis for one batch from being sent to being forgotten, and how long Redis works on each. */
  readonly redisCommands: number;
  readonly redisTime: number;
  readonly redisBytes: number;
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
}

export interface Line {
  /** Until the first byte of an answer. */
  readonly latency: number;
  /** Requests that one process has under way. */
  readonly atOnce: number;
  /** Bytes per second of the store, for all together. */
  readonly bandwidth: number;
  /** Requests per second that the store answers. */
  readonly requests: number;
}

export interface Simulated {
  /** Seconds until the last batch is reported. */
  readonly seconds: number;
  /** Share of the workers' time. */
  readonly computing: number;
  readonly onStore: number;
  readonly waiting: number;
  /** Share of the time that Redis works. */
  readonly redisBusy: number;
  readonly requestsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly keys: number;
  readonly redisMemory: number;
}

/** One thing that serves one after the other. */
class Server {
  private free = 0;
  busy = 0;

  /** @returns when it is done with what comes at a time and takes so long */
  serve(at: number, duration: number): number {
    const start = Math.max(at, this.free);
    this.free = start + duration;
    this.busy += duration;
    return this.free;
  }
}

export function simulate(
  workers: number,
  batches: number,
  { cost, line }: { readonly cost: BatchCost; readonly line: Line },
): Simulated {
  const redis = new Server();
  const store = new Server();
  const queue = new EarliestFirst();
  let [computing, onStore, end, left] = [0, 0, 0, batches];
  /** Requests of one process are answered side by side; the store divides its bandwidth and its requests among all. */
  const transfer = (at: number, requests: number, bytes: number): number => {
    const own = Math.ceil(requests / line.atOnce) * line.latency;
    const shared = Math.max((bytes / line.bandwidth) * 1_000, (requests / line.requests) * 1_000);
    const done = Math.max(at + own, store.serve(at, shared));
    onStore += done - at;
    return done;
  };
  const ask = (at: number): number => redis.serve(at, (cost.redisCommands / 2) * cost.redisTime);
  for (let worker = 0; worker < Math.min(workers, batches); worker++) {
    queue.add({ at: 0, stage: 'take', isNew: true });
  }
  for (let event = queue.take(); event; event = queue.take()) {
    const { at, stage, isNew } = event;
    if (stage === 'take') {
      if (left-- > 0) queue.add({ at: ask(at), stage: 'read', isNew });
    } else if (stage === 'read') {
      queue.add({ at: transfer(at, cost.reads, cost.readBytes), stage: 'compute', isNew });
    } else if (stage === 'compute') {
      const duration = isNew ? cost.first : cost.compute;
      computing += duration;
      queue.add({ at: at + duration, stage: 'write', isNew });
    } else if (stage === 'write') {
      queue.add({ at: transfer(at, cost.writes, cost.writtenBytes), stage: 'report', isNew });
    } else {
      const reported = ask(at);
      end = Math.max(end, reported);
      queue.add({ at: reported, stage: 'take', isNew: false });
    }
  }
  const all = end * workers;
  const seconds = end / 1_000;
  return {
    seconds,
    ...{ computing: computing / all, onStore: onStore / all, waiting: 1 - (computing + onStore) / all },
    redisBusy: redis.busy / end,
    requestsPerSecond: (batches * (cost.reads + cost.writes)) / seconds,
    bytesPerSecond: (batches * (cost.readBytes + cost.writtenBytes)) / seconds,
    ...{ keys: batches * cost.writes, redisMemory: batches * cost.redisBytes },
  };
}

interface Event {
  readonly at: number;
  readonly stage: 'take' | 'read' | 'compute' | 'write' | 'report';
  readonly isNew: boolean;
}

/** A binary heap. */
class EarliestFirst {
  private readonly events: Event[] = [];

  add(event: Event): void {
    const { events } = this;
    let place = events.push(event) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (events[above]!.at <= event.at) break;
      events[place] = events[above]!;
      place = above;
    }
    events[place] = event;
  }

  take(): Event | undefined {
    const { events } = this;
    const first = events[0];
    const last = events.pop();
    if (!last || events.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= events.length) break;
      if (below + 1 < events.length && events[below + 1]!.at < events[below]!.at) below += 1;
      if (events[below]!.at >= last.at) break;
      events[place] = events[below]!;
      place = below;
    }
    events[place] = last;
    return first;
  }
}

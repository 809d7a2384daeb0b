export type RebuildResult =
  { readonly ok: true; readonly changed: boolean } | { readonly ok: false; readonly message: string };

export interface RebuilderOptions {
  /** Handed the files that changed since it was last called, absolute, sorted. */
  readonly rebuild: (changed: string[]) => Promise<RebuildResult>;
  /** Called with the same files before a rebuild. */
  readonly starting?: (changed: readonly string[]) => void;
  readonly done: (result: RebuildResult, changed: readonly string[]) => void;
  /** Milliseconds of silence before a rebuild starts: an editor saves in several steps. */
  readonly quiet?: number;
}

/**
 * Runs one rebuild at a time. Changes that come in while one runs are gathered and start one more after it, so that the
 * last rebuild always saw the last change.
 */
export class Rebuilder {
  readonly #options: RebuilderOptions;
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: RebuilderOptions) {
    this.#options = options;
  }

  change(path: string): void {
    if (this.#closed) return;
    this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), this.#options.quiet ?? 60);
  }

  /** Takes no more changes and waits for the rebuild that runs. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #start(): void {
    // The run in progress looks for further changes when it ends.
    if (this.#running) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#changed.size > 0 && !this.#closed) this.#start();
    });
  }

  async #run(): Promise<void> {
    const changed = [...this.#changed].sort();
    this.#changed.clear();
    this.#options.starting?.(changed);
    let result: RebuildResult;
    try {
      result = await this.#options.rebuild(changed);
    } catch (error) {
      result = { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
    if (!this.#closed) this.#options.done(result, changed);
  }
}

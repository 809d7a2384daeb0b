/** Exit status of a program that Ctrl-C ended, by convention 128 + SIGINT. */
export const INTERRUPTED = 130;

/** Milliseconds. npm passes Ctrl-C on to a child that has had it from the terminal already: both are one key press. */
const ONE_KEY_PRESS = 500;

export interface Interrupts {
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * The first Ctrl-C (or request to end, or the end of the terminal) aborts the signal and prints `message`; a second one exits at once.
 * @param target where signals arrive: the process
 */
export function listenForInterrupts(
  target: NodeJS.Process,
  message: string | undefined,
  now: () => number = () => performance.now(),
): Interrupts {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = () => {
    if (first === undefined) {
      first = now();
      if (message) target.stderr.write(`\n${message}\n`);
      controller.abort();
    } else if (now() - first > ONE_KEY_PRESS) {
      target.exit(INTERRUPTED);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) target.on(signal, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const signal of signals) target.off(signal, onSignal);
    },
  };
}

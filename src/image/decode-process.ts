/**
 * The process that opens image files. Their content is untrusted: a decoder that never ends, takes all memory or
 * crashes takes this process with it and nothing else.
 */
import { restrictDecoders, decodeImage } from './decode.ts';
import type { DecodeLimits, DecodeReply, DecodeRequest } from './decode-protocol.ts';
import { ImageError } from './image-error.ts';

const WATCH_MILLISECONDS = 50;

restrictDecoders();

/** What is decoded at present, and the processor time, in seconds, at which each began. */
const current = new Map<number, { readonly limits: DecodeLimits; readonly start: number }>();
const used = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
let watch: NodeJS.Timeout | undefined;

const send = (reply: DecodeReply) => void process.send!(reply);

function checkLimits(): void {
  const [memory, now] = [process.memoryUsage.rss(), used()];
  for (const { limits, start } of current.values()) {
    if (memory > limits.memory) send({ exceeded: 'memory' });
    else if (now - start > limits.seconds * current.size) send({ exceeded: 'time' });
  }
}

process.on('message', ({ id, bytes, options, limits, isCheck }: DecodeRequest) => {
  current.set(id, { limits, start: used() });
  watch ??= setInterval(checkLimits, WATCH_MILLISECONDS);
  void decodeImage(bytes, options)
    .then(
      (pixels): DecodeReply => ({
        id,
        pixels: isCheck ? { ...pixels, data: pixels.data.slice(0, 0) } : pixels,
      }),
      (error: unknown): DecodeReply =>
        error instanceof ImageError
          ? { id, reason: error.reason }
          : { id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) },
    )
    .then((reply) => {
      // A step that held this thread up was not watched.
      checkLimits();
      current.delete(id);
      if (current.size === 0) {
        clearInterval(watch);
        watch = undefined;
      }
      send(reply);
    });
});

// Ctrl-C is for the command, which finishes what it is at; this process ends with it.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

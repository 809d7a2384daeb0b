/** The process that reads the inputs of one target: whatever hangs, grows or dies is this process and not the fuzzer. */
import { openSync, writeSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeInput, minimise, signatureOf } from './input.ts';
import type { Order, FuzzMessage } from './protocol.ts';
import { DONE, encodeProgress, MOST_MEMORY } from './protocol.ts';
import type { Sample } from './target.ts';
import { targetNamed } from './targets/index.ts';

const TRIES = 400;

const order = JSON.parse(process.argv[2]!) as Order;
const target = targetNamed(order.target);
// Not emptied: until the first input is marked, it says that this process is starting.
const progress = openSync(order.progress, 'r+');
let executions = 0;

const report = (message: FuzzMessage) =>
  new Promise<void>((resolve) => process.send!(message, undefined, undefined, () => resolve()));
const peak = () => process.resourceUsage().maxRSS * 1024;

function mark(index: number): void {
  const bytes = encodeProgress({ index, since: Date.now(), executions, peak: peak() });
  writeSync(progress, bytes, 0, bytes.length, 0);
}

/** The error that is a finding. */
async function attempt(input: Sample, index: number): Promise<{ error: unknown } | undefined> {
  const folder = join(order.scratch, 'own');
  await mkdir(folder, { recursive: true });
  mark(index);
  try {
    await target.read(input, folder);
    return undefined;
  } catch (error) {
    return { error };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function keep(input: Sample, index: number, error: unknown): Promise<void> {
  const signature = signatureOf(error);
  const fails = async (bytes: Uint8Array) => {
    const found = await attempt({ ...input, bytes }, index);
    return found !== undefined && signatureOf(found.error) === signature;
  };
  const smallest = order.file === undefined ? await minimise(input.bytes, fails, TRIES) : input.bytes;
  const file = order.file ?? join(order.findings, input.name);
  if (order.file === undefined) await writeFile(file, smallest);
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  await report({ kind: 'error', signature, details, file });
}

if (order.file !== undefined) {
  const input = { name: basename(order.file), bytes: await readFile(order.file) };
  const found = await attempt(input, 0);
  if (found) await keep(input, 0, found.error);
  executions = 1;
  if (peak() > MOST_MEMORY) await report({ kind: 'memory', index: 0 });
} else {
  const corpus = await target.corpus();
  const known = new Set<string>();
  for (let index = order.from; Date.now() < order.until; index++) {
    const input = await makeInput(target, corpus, order.seed, index);
    const found = await attempt(input, index);
    executions += 1;
    if (found) {
      const signature = signatureOf(found.error);
      if (known.has(signature)) await report({ kind: 'again', signature });
      else await keep(input, index, found.error);
      known.add(signature);
    }
    if (peak() > MOST_MEMORY) {
      await report({ kind: 'memory', index });
      break;
    }
  }
}
mark(DONE);
process.disconnect();

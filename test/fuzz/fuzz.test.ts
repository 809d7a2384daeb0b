import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fuzz, fuzzFile } from '../../scripts/fuzz/fuzz.ts';
import { isOverdue } from '../../scripts/fuzz/run-child.ts';
import type { Target } from '../../scripts/fuzz/target.ts';

let folder: string;
let printed: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope fuzz-'));
  printed = [];
});
afterEach(() => rm(folder, { recursive: true }));

const target: Target = {
  name: 'letters',
  corpus: () => Promise.resolve([{ name: 'a.txt', bytes: Buffer.from('aaaa') }]),
  mutate: (_, random) => Buffer.from(`a${random.pick(['b', 'bb'])}`),
  read: () => Promise.resolve(),
};

/** A process that speaks the fuzzer's protocol; `bad` is what it does with the third input, and with a file that holds a b. */
async function options(bad: string) {
  const program = join(folder, 'child.mjs');
  await writeFile(
    program,
    `import { readFileSync, writeFileSync } from 'node:fs';
     const order = JSON.parse(process.argv[2]);
     const peak = 5 * 2 ** 20;
     const mark = (index, executions) =>
       writeFileSync(order.progress, new Uint8Array(Float64Array.of(index, Date.now(), executions, peak).buffer));
     const report = (message) => new Promise((resolve) => process.send(message, resolve));
     const index = order.file === undefined ? order.from + 2 : 0;
     mark(index, 2);
     if (order.file === undefined ? order.from === 0 : readFileSync(order.file, 'utf8').includes('b')) { ${bad} }
     mark(-1, 2);
     process.disconnect();`,
  );
  return {
    ...{ program, mostTime: 1000, seed: 3, seconds: 60, findings: join(folder, 'kept'), cwd: folder },
    signal: new AbortController().signal,
    print: (line: string) => void printed.push(line),
  };
}

const kept = () => readdir(join(folder, 'kept/letters'));

describe('the fuzzer', () => {
  it('counts inputs where nothing is wrong', async () => {
    expect(await fuzz(target, await options(''))).toEqual({ executions: 2, peak: 5 * 2 ** 20, findings: 0 });
    expect(printed).toEqual([]);
    expect(await kept()).toEqual([]);
  });

  it.each([
    ['hang', 'setInterval(() => {}, 1000); while (true);', 'more than 1 s'],
    ['death', 'process.abort();', 'the process ended with SIGABRT'],
    ['death', 'throw new TypeError("of no file");', 'TypeError: of no file'],
    ['death', 'process.exit(0);', 'the process ended with status 0'],
    ['memory', 'await report({ kind: "memory", index });', 'more than 1024 MB'],
  ])('keeps an input that ends in %s by %s', async (kind, bad, details) => {
    const settings = await options(bad);
    const result = await fuzz(target, settings);
    expect(result).toMatchObject({ findings: 1 });
    // What was read before and after the bad one counts, and so does that one.
    expect(result.executions).toBe(5);
    expect(await kept()).toEqual(['a~3-2.txt']);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(new RegExp(`^letters: ${kind} \\(seed 3\\)\n`));
    expect(printed[0]).toContain(details);
    const file = join(folder, 'kept/letters/a~3-2.txt');
    expect(printed[0]).toContain('npm run fuzz -- letters --input kept/letters/a~3-2.txt');
    // A hang is kept as it is: each try would take all of the time.
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(kind === 'hang' ? /^abb?$/ : /^b$/);
    expect((await fuzzFile(target, file, settings)).findings).toBe(1);
  });

  it('forgets an input that is read well by itself', async () => {
    const result = await fuzz(target, await options('if (order.file === undefined) while (true);'));
    expect(result.findings).toBe(0);
    expect(await kept()).toEqual([]);
  });

  it('tells errors apart by where they come from', async () => {
    const error = (signature: string) =>
      `await report({ kind: 'error', signature: '${signature}', details: 'TypeError: x', file: '/kept/${signature}' });`;
    const again = `await report({ kind: 'again', signature: 'one' });`;
    const result = await fuzz(target, await options(error('one') + again + error('two')));
    expect(result.findings).toBe(2);
    expect(printed).toEqual([
      'letters: one (seed 3)\n  TypeError: x\n  npm run fuzz -- letters --input /kept/one',
      'letters: two (seed 3)\n  TypeError: x\n  npm run fuzz -- letters --input /kept/two',
    ]);
  });
});

it.each([
  [9_999, 9_999, false],
  [10_001, 9_000, true],
  [10_001, 8_999, false],
  [50_000, 0, false],
  [50_001, 0, true],
])('takes %i ms, of them %i of a processor, for a hang: %o', (milliseconds, worked, isHang) => {
  expect(isOverdue(milliseconds, worked, 10_000)).toBe(isHang);
});

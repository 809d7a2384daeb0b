import { expect, it } from 'vitest';
import { formatTable } from '../../scripts/bench/table.ts';

it('sets every backend against the first that did the work', () => {
  expect(
    formatTable([
      { name: 'forward', backend: 'wasm 4 (2 threads)', milliseconds: 400 },
      { name: 'gradient', backend: 'wasm 4 (2 threads)', milliseconds: 9.44 },
      { name: 'forward', backend: 'tensorflow 2', milliseconds: 100.4 },
      { name: 'batch', backend: 'tensorflow 2', milliseconds: 60 },
      { name: 'batch', backend: 'peer', milliseconds: 90 },
    ]),
  ).toMatchInlineSnapshot(`
    "          wasm 4 (2 threads)  tensorflow 2   peer
    forward   1.00 (400 ms)       0.25 (100 ms)
    gradient  1.00 (9.4 ms)
    batch                         1.00 (60 ms)   1.50 (90 ms)"
  `);
});

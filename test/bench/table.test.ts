import { expect, it } from 'vitest';
import { formatTable } from '../../scripts/bench/table.ts';

it('sets every backend against the first', () => {
  expect(
    formatTable([
      { name: 'forward', backend: 'wasm 4 (2 threads)', milliseconds: 400 },
      { name: 'gradient', backend: 'wasm 4 (2 threads)', milliseconds: 9.44 },
      { name: 'forward', backend: 'tensorflow 2', milliseconds: 100.4 },
    ]),
  ).toMatchInlineSnapshot(`
    "          wasm 4 (2 threads)  tensorflow 2
    forward   1.00 (400 ms)       0.25 (100 ms)
    gradient  1.00 (9.4 ms)"
  `);
});

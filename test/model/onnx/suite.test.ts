import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runSuite } from '../../../scripts/onnx-suite/suite.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { availableBackends, useBackend } from '../../backend/with-backend.ts';

/** Cases of the onnx package 1.23.2, written by make_node_cases.py; expected values are those of its authors. */
const cases = join(packageRoot, 'test/fixtures/onnx/nodes');

async function run(folder: string): Promise<{ status: number; lines: readonly string[] }> {
  const lines: string[] = [];
  const print = (text: string): void => void lines.push(text);
  const status = await runSuite(folder, { pattern: /./, results: undefined, print });
  return { status, lines };
}

describe.each(availableBackends)('on %s node tests of the onnx package', (backend) => {
  beforeAll(() => useBackend(backend));

  it('are equal', async () => {
    const { status, lines } = await run(cases);
    expect(lines).toEqual([
      'images or maps as input: 18 of 18 cases of supported operators are equal',
      'other inputs: 11 of 11 cases of supported operators are equal',
      '0 cases have other operators or element types',
    ]);
    expect(status).toBe(0);
  });

  it('are told apart by one value', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'suite-'));
    try {
      const name = 'test_spacetodepth_crd_mode_example';
      await cp(join(cases, name), join(folder, name), { recursive: true });
      const output = join(folder, name, 'test_data_set_0/output_0.pb');
      const bytes = await readFile(output);
      // The exponent of the last float.
      bytes[bytes.length - 1]! ^= 0x02;
      await writeFile(output, bytes);
      const { status, lines } = await run(folder);
      expect(lines[0]).toMatch(/^differs test_spacetodepth_crd_mode_example: differs by /);
      expect(status).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend } from '../../src/backend/choose.ts';
import { driverIn, NATIVE_VERSION } from '../../src/backend/native/driver.ts';
import { predictBackend } from '../../src/backend/predict.ts';
import { tf } from '../../src/backend/tf.ts';
import { UserError } from '../../src/errors.ts';
import { availableBackends, nativeDir } from './with-backend.ts';

const folder = mkdtempSync(join(tmpdir(), 'filterscope-choose-'));
afterAll(() => rmSync(folder, { recursive: true }));

const empty = join(folder, 'nothing');
const broken = join(folder, 'broken');
const old = join(folder, 'old');
const manifest = { format: 1, tensorflow: '2.18.1', flavour: 'cpu', device: 'cpu', arch: process.arch };

/** As much of the package as tells that it is there. */
function writeDriver(dir: string): void {
  mkdirSync(driverIn(dir), { recursive: true });
  writeFileSync(join(driverIn(dir), 'package.json'), JSON.stringify({ version: NATIVE_VERSION }));
}

beforeAll(() => {
  for (const [dir, tfjs] of [
    [broken, NATIVE_VERSION],
    [old, '3.0.0'],
  ] as const) {
    mkdirSync(dir);
    writeDriver(dir);
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, tfjs }));
    writeFileSync(join(dir, 'tfjs_binding.node'), 'not a library');
  }
});

/** Of what differs between machines: threads, and the system's reason. */
const plain = (text: string): string =>
  text.replace(/\d+ threads?/, 'n threads').replace(/(cannot be loaded: )[^;\n]*/, '$1reason');

async function failure(want: 'tensorflow' | 'webgpu', dir: string): Promise<string> {
  const error = await chooseBackend({ requested: want, nativeDir: dir }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  return plain((error as UserError).message);
}

describe('chooseBackend', () => {
  it.runIf(process.platform === 'linux')('takes wasm and says how to be faster', async () => {
    const backend = await chooseBackend({ requested: 'auto', nativeDir: empty, threads: 2 });
    expect(tf.getBackend()).toBe('wasm');
    expect(backend).toMatchObject({ name: 'wasm', device: 'CPU', version: '4.22.0' });
    expect(backend.line).toMatchInlineSnapshot(
      `"Backend: WebAssembly 4.22.0 (CPU, 2 threads) - about twice as fast after: npx filterscope setup-native"`,
    );
  });

  it('says in one line why a native backend is not used', async () => {
    const lines = [];
    for (const nativeDir of [broken, old]) {
      lines.push(plain((await chooseBackend({ requested: 'auto', nativeDir })).line));
    }
    expect(lines).toMatchInlineSnapshot(`
      [
        "Backend: WebAssembly 4.22.0 (CPU, n threads) - The native TensorFlow backend cannot be loaded: reason; to build it again: npx filterscope setup-native --force",
        "Backend: WebAssembly 4.22.0 (CPU, n threads) - The native TensorFlow backend was set up for another version or machine; to build it again: npx filterscope setup-native --force",
      ]
    `);
  });

  it('says what to do when a backend that was asked for cannot be had', async () => {
    expect(await failure('tensorflow', empty)).toMatchInlineSnapshot(`
      "The backend \`tensorflow\` is not set up.
        Run \`npx filterscope setup-native\`, or leave \`--backend\` out."
    `);
    expect(await failure('tensorflow', broken)).toMatchInlineSnapshot(`
      "The native TensorFlow backend cannot be loaded: reason
        Run \`npx filterscope setup-native --force\`."
    `);
    expect(await failure('tensorflow', old)).toMatchInlineSnapshot(`
      "The native TensorFlow backend was set up for another version or machine.
        Run \`npx filterscope setup-native --force\`."
    `);
    expect(await failure('webgpu', empty)).toMatchInlineSnapshot(`
      "The backend \`webgpu\` cannot be used: the package \`webgpu\` is not installed.
        Run \`npm install --no-save webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0\`."
    `);
  });

  it('changes over at any time; tensors stay where they were made', async () => {
    await chooseBackend({ requested: 'wasm', nativeDir });
    const kept = tf.tensor1d([1, 2]);
    for (const want of [...availableBackends, 'cpu', ...availableBackends] as const) {
      const backend = await chooseBackend({ requested: want, nativeDir });
      expect(backend.name).toBe(want);
      expect(tf.getBackend()).toBe(want);
      expect([...tf.add(kept, tf.tensor1d([10, 20])).dataSync()]).toEqual([11, 22]);
    }
  });
});

describe('predictBackend', () => {
  it.each([...availableBackends, 'cpu', 'auto'] as const)('agrees with chooseBackend: %s', async (want) => {
    const { name, version, family } = await chooseBackend({ requested: want, nativeDir });
    expect(predictBackend({ requested: want, nativeDir })).toEqual({ name, version, family });
  });

  it('reads files only', () => {
    expect(predictBackend({ requested: 'auto', nativeDir: empty }).family).toBe('wasm-4.22.0-simd-2');
    expect(predictBackend({ requested: 'auto', nativeDir: old }).name).toBe('wasm');
    expect(predictBackend({ requested: 'cpu', nativeDir: broken }).family).toBe('cpu-4.22.0');
    // It looks sound, and only loading would tell.
    expect(predictBackend({ requested: 'auto', nativeDir: broken })).toMatchObject({
      name: 'tensorflow',
      version: '2.18.1',
    });
  });

  it('keeps results of the CPU and of a graphics card apart', () => {
    const gpu = join(folder, 'gpu');
    mkdirSync(gpu);
    const tfjs = NATIVE_VERSION;
    writeDriver(gpu);
    writeFileSync(join(gpu, 'manifest.json'), JSON.stringify({ ...manifest, tfjs, device: 'gpu' }));
    writeFileSync(join(gpu, 'tfjs_binding.node'), '');
    const [onGpu, onCpu] = [gpu, broken].map((dir) => predictBackend({ requested: 'auto', nativeDir: dir }));
    expect(onGpu!.family).not.toBe(onCpu!.family);
  });
});

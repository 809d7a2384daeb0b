import { afterEach, describe, expect, it, vi } from 'vitest';
import { tf } from '../../../src/backend/tf.ts';
import { openWebGpu, type WebGpuOptions, WebGpuUnavailable } from '../../../src/backend/webgpu/adapter.ts';

/* No graphics card is at hand: these are the ways in which it cannot be used, with a made-up Dawn. */

const card = { vendor: 'acme', architecture: 'one', device: 'x1', description: 'Acme X1' };

function dawn(info: object | undefined, device: object = {}) {
  const requestDevice = async () => device;
  return {
    globals: { GPUBufferUsage: {} },
    create: () => ({ requestAdapter: async () => (info ? { info, requestDevice } : null) }),
  };
}

/** Loads that Dawn, and a backend package that registers itself. */
function load(made: object): NonNullable<WebGpuOptions['load']> {
  return async (name) => {
    if (name === 'webgpu') return made;
    tf.registerBackend('webgpu', () => null as never, 0);
    return {};
  };
}

async function refusal(options: WebGpuOptions): Promise<string> {
  const error = await openWebGpu(options).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(WebGpuUnavailable);
  return `${(error as Error).message} | ${(error as WebGpuUnavailable).hint}`;
}

afterEach(() => {
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
  for (const name of ['navigator', 'GPUBufferUsage']) {
    const own = globalThis as Record<string, unknown>;
    if (name === 'navigator' && own[name]) Reflect.deleteProperty(own[name] as object, 'gpu');
    else Reflect.deleteProperty(own, name);
  }
});

describe('openWebGpu', () => {
  it('says how to get the packages', async () => {
    expect(await refusal({})).toMatchInlineSnapshot(
      `"the package \`webgpu\` is not installed | Run \`npm install --no-save webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0\`."`,
    );
    const half = async (name: string) => {
      if (name === 'webgpu') return dawn(card);
      throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
    };
    expect(await refusal({ load: half })).toMatch(
      /^the package `@tensorflow\/tfjs-backend-webgpu` is not installed/,
    );
    const crash = async () => Promise.reject(new Error('libvulkan.so.1: cannot open'));
    expect(await refusal({ load: crash })).toMatch(/cannot be loaded \(Error: libvulkan.so.1: cannot open\)/);
  });

  it('needs a graphics card', async () => {
    expect(await refusal({ load: load(dawn(undefined)) })).toMatchInlineSnapshot(
      `"no graphics card was found | Install its Vulkan driver, or use \`--backend wasm\`."`,
    );
  });

  it.each([
    { ...card, description: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
    { ...card, device: 'SwiftShader Device' },
    { ...card, isFallbackAdapter: true },
  ])('refuses an adapter made of software unless told otherwise', async (info) => {
    expect(await refusal({ load: load(dawn(info)) })).toMatch(/^the only adapter computes on the CPU/);
    expect(await openWebGpu({ load: load(dawn(info)), allowSoftware: true })).toEqual(info);
  });

  it('takes a graphics card, and an error that no call reports as the end', async () => {
    const fatal = vi.fn();
    let listener: ((event: object) => void) | undefined;
    let lose: ((info: object) => void) | undefined;
    const device = {
      addEventListener: (_: string, heard: typeof listener) => (listener = heard),
      lost: new Promise((resolve) => (lose = resolve)),
    };
    expect(await openWebGpu({ load: load(dawn(card, device)), fatal })).toEqual(card);
    expect(tf.findBackendFactory('webgpu')).toBeDefined();

    const { gpu } = globalThis.navigator as unknown as {
      gpu: { requestAdapter(): Promise<{ requestDevice(): Promise<unknown> }> };
    };
    await (await gpu.requestAdapter()).requestDevice();
    listener!({ error: { message: 'binding size exceeds the limit' } });
    expect(fatal).toHaveBeenLastCalledWith('WebGPU: binding size exceeds the limit');
    lose!({ reason: 'unknown', message: 'reset' });
    await device.lost;
    await Promise.resolve();
    expect(fatal).toHaveBeenLastCalledWith('WebGPU: the device was lost: reset');
  });
});

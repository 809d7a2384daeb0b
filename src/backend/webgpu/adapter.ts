/**
 * WebGPU in Node through Dawn. Neither of its two packages is a dependency (they are 140 MB): a user who asks for this
 * backend installs them.
 */
import { pathToFileURL } from 'node:url';
import { requirePackage } from '../require-package.ts';
import { tf } from '../tf.ts';

export const WEBGPU_PACKAGES = 'webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0';

export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

interface Device {
  addEventListener(event: 'uncapturederror', listener: (event: { error: { message: string } }) => void): void;
  readonly lost: Promise<{ reason: string; message: string }>;
}

interface Adapter {
  readonly info: AdapterInfo;
  readonly isFallbackAdapter?: boolean;
  requestDevice(...args: unknown[]): Promise<Device>;
}

interface Gpu {
  requestAdapter(options: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}

/** The package `webgpu`. */
export interface Dawn {
  create(options: string[]): Gpu;
  readonly globals: object;
}

export interface WebGpuOptions {
  /** Takes an adapter that computes on the CPU, too; it is slower than the wasm backend. */
  readonly allowSoftware?: boolean;
  /** How the packages are had; tests pass their own. */
  readonly load?: (name: string) => Promise<unknown>;
  /** What happens at an error that no call reports: results are wrong from then on. Throws by default. */
  readonly fatal?: (message: string) => void;
}

/** Why WebGPU cannot be used here, and what to do about it. */
export class WebGpuUnavailable extends Error {
  readonly hint: string;
  constructor(reason: string, hint: string) {
    super(reason);
    this.name = 'WebGpuUnavailable';
    this.hint = hint;
  }
}

/**
 * Registers the backend `webgpu` and returns the adapter it will run on.
 *
 * @throws WebGpuUnavailable
 */
export async function openWebGpu(options: WebGpuOptions = {}): Promise<AdapterInfo> {
  const { allowSoftware = false, load = loadPackage, fatal = throwUncaught } = options;
  const dawn = (await loadOrExplain(load, 'webgpu')) as Dawn;
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new WebGpuUnavailable(
      'no graphics card was found',
      'Install its Vulkan driver, or use `--backend wasm`.',
    );
  }
  const { info } = adapter;
  if (isSoftware(adapter) && !allowSoftware) {
    throw new WebGpuUnavailable(
      `the only adapter computes on the CPU (${info.description || info.device})`,
      'Use `--backend wasm`, which is faster, or set FILTERSCOPE_WEBGPU_SOFTWARE=1 to use this adapter.',
    );
  }
  defineNavigatorGpu(dawn, reportingErrors(gpu, fatal));
  await loadOrExplain(load, '@tensorflow/tfjs-backend-webgpu'); // registers itself; looks for navigator.gpu when it does
  if (!tf.findBackendFactory('webgpu')) {
    throw new WebGpuUnavailable(
      'its package belongs to another version of TensorFlow.js',
      `Run \`npm install ${WEBGPU_PACKAGES}\`.`,
    );
  }
  return info;
}

/** Dawn's package is an ES module, the backend's has to be the CommonJS one that shares our TensorFlow.js. */
async function loadPackage(name: string): Promise<unknown> {
  const file = requirePackage.resolve(name);
  return name === 'webgpu' ? import(pathToFileURL(file).href) : requirePackage(file);
}

async function loadOrExplain(load: (name: string) => Promise<unknown>, name: string): Promise<unknown> {
  try {
    return await load(name);
  } catch (error) {
    const missing = (error as { code?: string }).code === 'MODULE_NOT_FOUND';
    throw new WebGpuUnavailable(
      missing
        ? `the package \`${name}\` is not installed`
        : `the package \`${name}\` cannot be loaded (${String(error)})`,
      `Run \`npm install --no-save ${WEBGPU_PACKAGES}\`.`,
    );
  }
}

function isSoftware({ info, isFallbackAdapter }: Adapter): boolean {
  const names = [info.vendor, info.architecture, info.device, info.description].join(' ');
  return (
    (info.isFallbackAdapter ?? isFallbackAdapter ?? false) ||
    /llvmpipe|lavapipe|swiftshader|software|microsoft basic/i.test(names)
  );
}

/** The same `gpu`, whose devices report every error that no call does: oversize buffers fail in silence otherwise. */
function reportingErrors(gpu: Gpu, fatal: (message: string) => void): Gpu {
  return {
    async requestAdapter(options) {
      const adapter = await gpu.requestAdapter(options);
      if (!adapter) return adapter;
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (...args) => {
        const device = await requestDevice(...args);
        device.addEventListener('uncapturederror', ({ error }) => fatal(`WebGPU: ${error.message}`));
        void device.lost.then(({ reason, message }) => {
          if (reason !== 'destroyed') fatal(`WebGPU: the device was lost: ${message}`);
        });
        return device;
      };
      return adapter;
    },
  };
}

/** Puts what a browser has into the global scope. */
function defineNavigatorGpu(dawn: Dawn, gpu: Gpu): void {
  Object.assign(globalThis, dawn.globals);
  if (!('navigator' in globalThis)) {
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}

/** Uncaught on purpose: the worker thread ends with this error. */
function throwUncaught(message: string): void {
  setImmediate(() => {
    throw new Error(message);
  });
}

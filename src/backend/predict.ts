/** Which backend will be chosen, as far as files tell: nothing is loaded, so that the main thread can make cache keys. */
import { availableParallelism } from 'node:os';
import { readNativeManifest } from './native/manifest.ts';
import { packageVersion } from './require-package.ts';

export type BackendName = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

export interface BackendRequest {
  readonly requested: 'auto' | BackendName;
  /** Where `setup-native` puts its work. */
  readonly nativeDir: string;
  /** Cores to use; all where absent. The first choice in a process holds. */
  readonly threads?: number;
}

export interface PredictedBackend {
  readonly name: BackendName;
  /** Of the library that computes. */
  readonly version: string;
  /** Part of every cache key: everything about a backend that may change the bits of a result. */
  readonly family: string;
}

/**
 * Raised whenever one of our kernels or gradients (wasm/, native/gradients.ts) gives other numbers for the same input.
 */
const OWN_KERNELS = { wasm: 2, native: 4 };

const WASM_PACKAGE = '@tensorflow/tfjs-backend-wasm';

/** Says the same as `chooseBackend` except where loading shows that a backend does not work after all. */
export function predictBackend({ requested, nativeDir, threads }: BackendRequest): PredictedBackend {
  const manifest =
    requested === 'auto' || requested === 'tensorflow' ? readNativeManifest(nativeDir) : undefined;
  if (manifest) return nativeIdentity(manifest.tensorflow, manifest.device, threads);
  if (requested === 'tensorflow') return nativeIdentity('unknown', 'cpu', threads);
  if (requested === 'webgpu') return webGpuIdentity('unknown');
  return requested === 'cpu' ? cpuIdentity() : wasmIdentity();
}

/** TensorFlow picks algorithms, and splits sums, by the number of threads; wasm gives the same bits with any number. */
export function nativeIdentity(
  version: string,
  device: 'cpu' | 'gpu',
  threads: number | undefined,
): PredictedBackend {
  const parts = [
    version,
    device,
    process.arch,
    `${nativeThreads(threads)}t`,
    tfjsVersion(),
    OWN_KERNELS.native,
  ];
  return { name: 'tensorflow', version, family: `tensorflow-${parts.join('-')}` };
}

/** The variable that TensorFlow reads when it is loaded. */
export const NATIVE_THREADS = 'TF_NUM_INTRAOP_THREADS';

/** What a process has settled on, by that variable, takes precedence over any request. */
export function nativeThreads(threads: number | undefined): number {
  return Number(process.env[NATIVE_THREADS]) || (threads ?? availableParallelism());
}

export function wasmIdentity(): PredictedBackend {
  const version = packageVersion(WASM_PACKAGE);
  return { name: 'wasm', version, family: `wasm-${version}-simd-${OWN_KERNELS.wasm}` };
}

/** @param adapter what the graphics card calls itself */
export function webGpuIdentity(adapter: string): PredictedBackend {
  const version = tfjsVersion();
  const card = adapter.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return { name: 'webgpu', version, family: `webgpu-${version}-${card}` };
}

export function cpuIdentity(): PredictedBackend {
  const version = packageVersion('@tensorflow/tfjs-backend-cpu');
  return { name: 'cpu', version, family: `cpu-${version}` };
}

const tfjsVersion = (): string => packageVersion('@tensorflow/tfjs');

/**
 * TensorFlow's C library behind tfjs: the addon that `setup-native` compiled, driven by the JavaScript of the
 * package @tensorflow/tfjs-node-gpu, whose own entry would look for an addon of its own.
 */
import { join, resolve } from 'node:path';
import type * as Util from 'node:util';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { requirePackage } from '../require-package.ts';
import { tf } from '../tf.ts';
import { findDriver, NATIVE_PACKAGE, NATIVE_VERSION, requireDriver } from './driver.ts';
import { ADDON_FILE } from './manifest.ts';
import { enableFunctions } from './function.ts';
import type { GraphMessages } from './graph-def.ts';
import { registerNativePooling } from './pooling.ts';
import { registerNativeSoftmax } from './softmax.ts';
import { NATIVE_THREADS } from '../predict.ts';
import { registerNativeConvolution } from './convolution.ts';
import { registerNativeGradients } from './gradients.ts';

/** TensorFlow's variable for how many operations of a graph may run at a time. */
const NATIVE_OPERATIONS = 'TF_NUM_INTEROP_THREADS';

interface Addon {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

interface BackendModule {
  readonly NodeJSKernelBackend: new (addon: Addon, packageName: string) => KernelBackend;
}

export interface NativeLibrary {
  /** TensorFlow's own version. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
}

/**
 * Loads the addon and registers the backend `tensorflow`; call it once in a thread. In a worker, TensorFlow's variables
 * below only reach it if the worker shares the environment (`env: SHARE_ENV`).
 *
 * @param folder what `setup-native` made
 * @param threads for one operation; the first number that is set in a process holds
 * @throws Error with the system's reason when the addon cannot be loaded
 */
export function loadNative(folder: string, threads: number): NativeLibrary {
  // Read when the library is loaded: errors only on stderr; not the whole memory of a graphics card at once.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  process.env[NATIVE_THREADS] ??= String(threads);
  process.env[NATIVE_OPERATIONS] ??= process.env[NATIVE_THREADS];
  restoreUtilFunctions();

  const addon = requirePackage(join(resolve(folder), ADDON_FILE)) as Addon;
  const driver = findDriver(resolve(folder));
  if (driver === undefined) throw new Error(`${NATIVE_PACKAGE} ${NATIVE_VERSION} is missing`);
  requireDriver(driver, 'dist/register_all_kernels.js');
  const { NodeJSKernelBackend } = requireDriver(driver, 'dist/nodejs_kernel_backend.js') as BackendModule;
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(addon, NATIVE_PACKAGE), 3);
  registerNativeGradients();
  registerNativeConvolution();
  registerNativePooling();
  registerNativeSoftmax();
  enableFunctions(requireDriver(driver, 'dist/proto/api_pb.js') as GraphMessages);
  return { version: addon.TF_Version, device: addon.isUsingGpuDevice() ? 'gpu' : 'cpu' };
}

/** The package uses two functions that Node 22 warns about and Node 23 no longer has. */
function restoreUtilFunctions(): void {
  const util = requirePackage('node:util') as typeof Util & Record<string, unknown>;
  util['isArray'] = Array.isArray;
  util['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
}

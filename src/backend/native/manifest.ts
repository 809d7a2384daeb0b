import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDriver, NATIVE_VERSION } from './driver.ts';

/** What `setup-native` built, beside the addon in its folder. */
export interface NativeManifest {
  /** Raised when a folder made by an older setup can no longer be used. */
  readonly format: 1;
  readonly tensorflow: string;
  readonly flavour: 'cpu' | 'gpu';
  /** What TensorFlow itself found when it was tried; a `gpu` build runs on the CPU where there is no graphics card. */
  readonly device: 'cpu' | 'gpu';
  /** Version of the package whose C++ was compiled and whose JavaScript drives it. */
  readonly tfjs: string;
  readonly arch: string;
  /** SHA-256 of the wheel that the library was taken from. */
  readonly wheelSha256: string;
  readonly node: string;
  /** The addon hands memory back from any thread; absent where an older setup made it. */
  readonly memory?: true;
}

export const ADDON_FILE = 'tfjs_binding.node';
export const MANIFEST_FILE = 'manifest.json';

/** Undefined where nothing usable on this machine is set up; it is not tried out. */
export function readNativeManifest(folder: string): NativeManifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST_FILE), 'utf8')) as Partial<NativeManifest>;
    const usable =
      manifest.format === 1 &&
      typeof manifest.tensorflow === 'string' &&
      manifest.arch === process.arch &&
      manifest.tfjs === NATIVE_VERSION &&
      findDriver(folder) !== undefined &&
      existsSync(join(folder, ADDON_FILE));
    return usable ? (manifest as NativeManifest) : undefined;
  } catch {
    return undefined;
  }
}

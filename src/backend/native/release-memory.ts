import { join, resolve } from 'node:path';
import { ADDON_FILE, readNativeManifest } from './manifest.ts';

interface MemoryAddon {
  readonly memoryOnly: true;
  releaseMemory?(): void;
}

/**
 * Hands back to the system what the network's thread and drawing have freed, and what is in memory of TensorFlow's code: in a thread that
 * runs no network, once none is run.
 * @param folder what `setup-native` made; nothing happens where that is older than this
 */
export function releaseMemory(folder: string): void {
  if (!readNativeManifest(folder)?.memory) return;
  const module = { exports: { memoryOnly: true } as MemoryAddon };
  try {
    process.dlopen(module, join(resolve(folder), ADDON_FILE));
  } catch {
    // It has been built anew for another Node meanwhile, say: the memory stays where it is.
    return;
  }
  module.exports.releaseMemory?.();
}

import { join } from 'node:path';
import { type Backend, type BackendName, chooseBackend } from '../../src/backend/choose.ts';
import { readNativeManifest } from '../../src/backend/native/manifest.ts';
import { packageRoot } from '../../src/package-root.ts';

/** Where the checkout's native backend is, or the one named by FILTERSCOPE_NATIVE. */
export const nativeDir = process.env['FILTERSCOPE_NATIVE'] ?? join(packageRoot, '.native');

/**
 * The backends that results are tested on: wasm always, the native one where it is set up. For `describe.each`:
 *
 *     describe.each(availableBackends)('%s', (backend) => {
 *       beforeAll(() => useBackend(backend));
 */
export const availableBackends: readonly BackendName[] = readNativeManifest(nativeDir)
  ? ['wasm', 'tensorflow']
  : ['wasm'];

if (!availableBackends.includes('tensorflow')) {
  process.stderr.write(
    'The native backend is not set up (npx filterscope setup-native): its tests are left out.\n',
  );
}

/**
 * Makes it the current one, in this process or thread; changing over is allowed at any time.
 *
 * @param threads of WebAssembly, whose bits they do not change (test/backend/threads.test.ts). One by default: test files run
 * side by side, and threads without a core of their own spend it on waiting for each other.
 */
export function useBackend(name: BackendName, threads = 1): Promise<Backend> {
  return chooseBackend({ requested: name, nativeDir, ...(name === 'wasm' ? { threads } : {}) });
}

import { join } from 'node:path';
import type { RunCommand } from '../../registry/commands.ts';
import { findDriver } from './driver.ts';
import { ADDON_FILE } from './manifest.ts';

/** Loads the addon, runs one operation and prints what it found. In a process of its own: a bad library may crash. */
const PROGRAM = `
const addon = require(process.argv[1]);
if (process.argv[2]) require(process.argv[2]);
const type = { name: 'T', type: addon.TF_ATTR_TYPE, value: addon.TF_FLOAT };
const input = addon.createTensor([2], addon.TF_FLOAT, new Float32Array([-1, 2]));
const [output] = addon.executeOp('Relu', [type], [input], 1);
const functions = [addon.addFunction, addon.releaseMemory].every((each) => typeof each === 'function');
const result = { functions, version: addon.TF_Version, gpu: addon.isUsingGpuDevice(), relu: [...addon.tensorDataSync(output.id)] };
process.stdout.write(JSON.stringify(result));
`;

export type SelfTest =
  | { readonly works: true; readonly version: string; readonly device: 'cpu' | 'gpu' }
  | { readonly works: false; readonly reason: string };

/** Tries the addon in that folder, and whether the JavaScript that drives it can be loaded. */
export async function selfTest(run: RunCommand, folder: string, signal?: AbortSignal): Promise<SelfTest> {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', TF_FORCE_GPU_ALLOW_GROWTH: 'true' };
  delete (env as NodeJS.ProcessEnv)['NODE_OPTIONS'];
  const driver = findDriver(folder);
  const files = [
    join(folder, ADDON_FILE),
    ...(driver ? [join(driver, 'dist', 'nodejs_kernel_backend.js')] : []),
  ];
  const { status, stdout, stderr } = await run(process.execPath, ['-e', PROGRAM, ...files], {
    env,
    ...(signal && { signal }),
  });
  if (status !== 0) {
    const error = /^(\w*Error: .*)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').pop();
    return { works: false, reason: error || `Node ended with status ${status}` };
  }
  const found = JSON.parse(stdout) as { functions: boolean; version: string; gpu: boolean; relu: number[] };
  if (!found.functions) return { works: false, reason: 'an older version has made it' };
  if (found.relu.join() !== '0,2') return { works: false, reason: `relu of -1, 2 gave ${found.relu.join()}` };
  return { works: true, version: found.version, device: found.gpu ? 'gpu' : 'cpu' };
}

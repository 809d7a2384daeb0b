/** The only place that registers a backend with TensorFlow.js. Runs in the thread that runs the model. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { loadNative } from './native/loader.ts';
import { ADDON_FILE, readNativeManifest } from './native/manifest.ts';
import {
  type BackendName,
  type BackendRequest,
  cpuIdentity,
  nativeIdentity,
  nativeThreads,
  type PredictedBackend,
  wasmIdentity,
  webGpuIdentity,
} from './predict.ts';
import { requirePackage } from './require-package.ts';
import { tf } from './tf.ts';
import { registerWasmRepairs } from './wasm/repairs.ts';
import { createWasmBackend, MAX_THREADS } from './wasm/threads.ts';
import { openWebGpu, WebGpuUnavailable } from './webgpu/adapter.ts';

export type { BackendName, BackendRequest } from './predict.ts';

export interface Backend extends PredictedBackend {
  /** What computes, as far as results depend on it: `CPU`, with the threads of native TensorFlow, or the graphics card's name. */
  readonly device: string;
  /** Said once at start: backend, device, version, why this one, and the command that would make it faster. */
  readonly line: string;
}

type Opened = PredictedBackend & {
  readonly device: string;
  /** In the line that is printed, where it says more. */
  readonly shown?: string;
};

/** What one thread has opened so far: opening twice would register kernels twice. */
const opened = new Map<BackendName, Promise<Opened>>();

/**
 * Makes a backend TensorFlow.js' current one. `auto` takes the native one if it is set up, else wasm, else JavaScript.
 * May be called again to change over; tensors stay where they were made.
 *
 * @throws UserError when the backend that was asked for by name cannot be had
 */
export async function chooseBackend(settings: BackendRequest): Promise<Backend> {
  const { requested: want } = settings;
  if (want !== 'auto') return describeBackend(await open(want, settings), 'as requested');

  const notes: string[] = [];
  if (existsSync(join(settings.nativeDir, ADDON_FILE))) {
    try {
      return describeBackend(await open('tensorflow', settings), 'the native backend is set up');
    } catch (error) {
      notes.push(`${reason(error)}; to build it again: npx filterscope setup-native --force`);
    }
  } else if (process.platform === 'linux') {
    notes.push('about twice as fast after: npx filterscope setup-native');
  }
  try {
    return describeBackend(await open('wasm', settings), ...notes);
  } catch (error) {
    notes.unshift(reason(error));
    return describeBackend(await open('cpu', settings), ...notes);
  }
}

function describeBackend({ shown, ...backend }: Opened, ...notes: string[]): Backend {
  const title = { tensorflow: 'TensorFlow', webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'JavaScript' }[
    backend.name
  ];
  const line = [`Backend: ${title} ${backend.version} (${shown ?? backend.device})`, ...notes].join(' - ');
  return { ...backend, line };
}

/** The first line of what an error says. */
const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/\.$/, '');

async function open(name: BackendName, settings: BackendRequest): Promise<Opened> {
  const opening = opened.get(name) ?? openers[name](settings);
  opened.set(name, opening);
  try {
    const backend = await opening;
    if (!(await tf.setBackend(name))) throw new UserError({ what: `The backend \`${name}\` did not start.` });
    await tf.ready();
    return backend;
  } catch (error) {
    opened.delete(name);
    throw error;
  }
}

const openers: Readonly<Record<BackendName, (settings: BackendRequest) => Promise<Opened>>> = {
  async tensorflow({ nativeDir, threads }) {
    if (!existsSync(join(nativeDir, ADDON_FILE))) {
      throw new UserError({
        what: 'The backend `tensorflow` is not set up.',
        hint: 'Run `npx filterscope setup-native`, or leave `--backend` out.',
      });
    }
    if (!readNativeManifest(nativeDir)) {
      throw new UserError({
        what: 'The native TensorFlow backend was set up for another version or machine.',
        hint: 'Run `npx filterscope setup-native --force`.',
      });
    }
    try {
      const count = nativeThreads(threads);
      const { version, device } = loadNative(nativeDir, count);
      const identity = nativeIdentity(version, device, count);
      return { ...identity, device: device === 'gpu' ? graphicsCard() : cores(count) };
    } catch (error) {
      throw new UserError({
        what: `The native TensorFlow backend cannot be loaded: ${reason(error)}.`,
        hint: 'Run `npx filterscope setup-native --force`.',
      });
    }
  },

  async webgpu() {
    try {
      const allowSoftware = process.env['FILTERSCOPE_WEBGPU_SOFTWARE'] === '1';
      const { vendor, architecture, device, description } = await openWebGpu({ allowSoftware });
      const name = description || device || `${vendor} ${architecture}`;
      return { ...webGpuIdentity(name), device: name };
    } catch (error) {
      if (!(error instanceof WebGpuUnavailable)) throw error;
      throw new UserError({
        what: `The backend \`webgpu\` cannot be used: ${error.message}.`,
        hint: error.hint,
      });
    }
  },

  async wasm({ threads }) {
    const count = Math.max(1, Math.min(MAX_THREADS, threads ?? availableParallelism()));
    requirePackage('@tensorflow/tfjs-backend-wasm'); // registers its kernels
    const backend = await createWasmBackend(count);
    if (tf.findBackendFactory('wasm')) tf.removeBackend('wasm');
    tf.registerBackend('wasm', () => backend, 2);
    if (!(await tf.setBackend('wasm'))) throw new UserError({ what: 'The backend `wasm` did not start.' });
    registerWasmRepairs();
    return { ...wasmIdentity(), device: 'CPU', shown: cores(count) };
  },

  async cpu() {
    return { ...cpuIdentity(), device: 'CPU, 1 thread' };
  },
};

const cores = (threads: number): string => `CPU, ${threads} thread${threads === 1 ? '' : 's'}`;

/** NVIDIA's driver names its cards there; TensorFlow takes no others. */
function graphicsCard(): string {
  const folder = '/proc/driver/nvidia/gpus';
  try {
    const cards = readdirSync(folder).map((card) => readFileSync(join(folder, card, 'information'), 'utf8'));
    return cards.map((text) => /^Model:\s*(.+)$/m.exec(text)?.[1] ?? 'GPU').join(', ');
  } catch {
    return 'GPU';
  }
}

import { encodeFrames } from '../../image/frames.ts';
import type { PanelFile } from '../../schema/report.ts';
import type { Store } from '../../store/store.ts';
import type { ArrayFile, ComputedPanel, FramesFile } from '../../techniques/technique.ts';
import { encodeNpy } from './npy.ts';

/** The files of panels, from the technique by the model thread and the store to the report. */

/** One file on its way from the model thread; `panel` is the position of its panel in the job. */
export interface ComputedFile {
  readonly panel: number;
  readonly name: string;
  readonly file: ArrayFile | FramesFile;
}

/** A panel's files by name, as the report lists them, with names among the store's assets in place of paths. */
export type StoredFiles = Readonly<Record<string, PanelFile>>;

/** Copies that may be handed to another thread: a view into the backend's memory may not. */
export function filesOf(panels: readonly ComputedPanel[]): ComputedFile[] {
  return panels.flatMap(({ files = {} }, panel) =>
    Object.entries(files).map(([name, file]) => ({ panel, name, file: copied(file) })),
  );
}

function copied(file: ArrayFile | FramesFile): ArrayFile | FramesFile {
  if (file.kind === 'array') return { ...file, data: file.data.slice() };
  return { ...file, frames: file.frames.map((frame) => ({ ...frame, data: frame.data.slice() })) };
}

/** Memory that goes over to the other thread with them. */
export function buffersOf(files: readonly ComputedFile[]): ArrayBuffer[] {
  return files.flatMap(({ file }) =>
    (file.kind === 'array' ? [file] : file.frames).map(({ data }) => data.buffer as ArrayBuffer),
  );
}

/** Writes an array as .npy, frames as an animation and as one image with all of them in a row. */
export async function keepFile(file: ArrayFile | FramesFile, store: Store): Promise<PanelFile> {
  if (file.kind === 'array') {
    const { kind, shape, data } = file;
    return { kind, src: await store.putAsset(encodeNpy(shape, data), 'npy'), shape: [...shape] };
  }
  const { width, height } = file.frames[0]!;
  const { animation, strip } = await encodeFrames(
    file.frames.map((frame) => ({ width: frame.width, height: frame.height, rgb: frame.data })),
    file,
  );
  return {
    kind: 'frames',
    src: await store.putAsset(animation, 'webp'),
    strip: await store.putAsset(strip, 'webp'),
    ...{ width, height, steps: file.frames.map(({ step }) => step) },
  };
}

/** Names among the store's assets. */
export function assetsOf(files: StoredFiles): string[] {
  return Object.values(files).flatMap((file) =>
    file.kind === 'array' ? [file.src] : [file.src, file.strip],
  );
}

/** As the report lists them. */
export function reportFiles(files: StoredFiles, srcOf: (asset: string) => string): Record<string, PanelFile> {
  const reported = (file: PanelFile): PanelFile =>
    file.kind === 'array'
      ? { ...file, src: srcOf(file.src) }
      : { ...file, src: srcOf(file.src), strip: srcOf(file.strip) };
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, reported(file)]));
}

/** Absolute folder of this package. */
export const root: string;
/** What the published package runs; paths from the package's folder. */
export const packedEntries: readonly string[];
/** Absolute folder holding filterscope.js and worker.js, kept for this process until it ends. */
export function compile(): Promise<string>;
/** Compiled files with their absolute paths below `outdir`; nothing is written. */
export function bundle(
  entries: readonly string[],
  outdir: string,
): Promise<readonly { readonly path: string; readonly contents: Uint8Array }[]>;

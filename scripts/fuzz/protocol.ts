/** What the fuzzer and the process that reads inputs say to each other. */

/** Given to the process as JSON. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  /** One input alone, by its path; otherwise inputs from number `from` on until `until`, in milliseconds since 1970. */
  readonly file?: string;
  readonly from: number;
  readonly until: number;
  /** Absolute path of the file that says how far the process has come. */
  readonly progress: string;
  /** Absolute path of an empty folder for what it writes on its way. */
  readonly scratch: string;
  readonly findings: string;
}

export type FuzzMessage =
  | { readonly kind: 'error'; readonly signature: string; readonly details: string; readonly file: string }
  | { readonly kind: 'again'; readonly signature: string }
  | { readonly kind: 'memory'; readonly index: number };

/** More memory than any input may take, in bytes. */
export const MOST_MEMORY = 2 ** 30;
/** Milliseconds. */
export const MOST_TIME = 10_000;

export const DONE = -1;
export const STARTING = -2;

/** Numbers of the progress file, eight bytes each: written before an input is read, so that it tells even of a process that hangs or is gone. */
export interface FuzzProgress {
  /** Of the input in hand; `DONE` after the last, `STARTING` before the first. */
  readonly index: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly executions: number;
  /** The most memory so far, in bytes. */
  readonly peak: number;
}

export const encodeProgress = ({ index, since, executions, peak }: FuzzProgress): Uint8Array =>
  new Uint8Array(Float64Array.of(index, since, executions, peak).buffer);

export function decodeProgress(bytes: Uint8Array): FuzzProgress | undefined {
  if (bytes.length < 32) return undefined;
  const [index, since, executions, peak] = new Float64Array(Uint8Array.from(bytes).buffer) as unknown as [
    number,
    number,
    number,
    number,
  ];
  return { index, since, executions, peak };
}

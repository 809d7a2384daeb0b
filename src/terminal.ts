/**
 * The only module that writes to standard output and standard error. Whatever is printed goes through here, so that no name out
 * of a file can move the cursor, change colours, turn the writing around or hide.
 */
import { visibleLines } from './visible.ts';

/** @param text with its newlines */
export function writeOutput(text: string): void {
  process.stdout.write(visibleLines(text));
}

/** @param text with its newlines */
export function writeError(text: string): void {
  process.stderr.write(visibleLines(text));
}

/** What `red` made, among text that went through `visibleLines`. */
export function writePaintedError(text: string): void {
  process.stderr.write(text);
}

export function red(text: string): string {
  return `\u001b[31m${visibleLines(text)}\u001b[39m`;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { sha256 } from '../../hash.ts';
import { reportSchema, type Report } from '../../schema/report.ts';
import { readManifest } from '../manifest.ts';

/** A gallery as a build wrote it. */
export interface BuiltGallery {
  /** Paths from its folder, with forward slashes. */
  readonly files: readonly string[];
  has(file: string): boolean;
  /** @throws UserError where the file is not what the build wrote */
  read(file: string): Buffer;
  /** Undefined where the gallery has no report of that experiment. */
  report(id: string): Report | undefined;
}

/** Undefined where there is no gallery with a manifest. @param out absolute */
export function openGallery(out: string): BuiltGallery | undefined {
  const manifest = readManifest(out);
  if (!manifest) return undefined;
  const entries = new Map(manifest.files.map((entry) => [entry.path, entry]));
  const read = (file: string): Buffer => {
    let bytes: Buffer | undefined;
    try {
      bytes = readFileSync(join(out, file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    if (bytes && sha256(bytes) === entries.get(file)?.sha256) return bytes;
    throw new UserError({
      what: `\`${join(out, file)}\` ${bytes ? 'has changed' : 'was removed'} since the build.`,
      hint: 'Run `npx filterscope build`, which writes it again.',
    });
  };
  return {
    files: [...entries.keys()],
    has: (file) => entries.has(file),
    read,
    report(id) {
      const file = `${id}/report.json`;
      return entries.has(file) ? reportSchema.parse(JSON.parse(read(file).toString('utf8'))) : undefined;
    },
  };
}

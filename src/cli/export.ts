import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fileSize } from '../byte-size.ts';
import { UserError } from '../errors.ts';
import { displayPath } from '../paths.ts';
import type { BuiltGallery } from '../publish/export/built-gallery.ts';
import { checkGalleryFolder } from './gallery-folder.ts';
import { chooseProgress, galleryOptions } from './gallery-request.ts';
import { defineWork, type Task } from './shell.ts';

export function defineExport(program: Command): void {
  const command = program
    .command('export')
    .description('write a report, or one page of it, as one file')
    .argument('<id>', 'experiment whose report is exported')
    .option('--unit <layer/filter>', 'the page of a unit instead of the overview')
    .option('--image <image>', 'the page of an image instead of the overview: its id or file name')
    .option('--zip', 'a zip file: with the whole report, or with the page that is chosen')
    .option('--to <file>', 'file to write (default: the name of the page, in the working directory)')
    .option('--force', 'replace the file if it exists');
  defineWork(command, async (task) => {
    const { args, own, options, effects, print } = task;
    const id = String(args[0]);
    const choice = { unit: text(own['unit']), image: text(own['image']) };
    if (choice.unit !== undefined && choice.image !== undefined) {
      throw new UserError({ what: '`--unit` and `--image` exclude each other.', hint: 'Give one of them.' });
    }
    const { exportReport } = await import('../publish/export/export-report.ts');
    const { checkTarget, writeExport } = await import('../publish/export/write-export.ts');
    const target = (path: string) => ({ path, out: options.out, force: own['force'] === true });
    // Before a build that may take long.
    const to = text(own['to']);
    if (to !== undefined) await checkTarget(target(resolve(to)));
    const gallery = await openOrBuild(id, task);
    const { name, bytes, entry } = exportReport({
      ...{ gallery, id, choice, zip: own['zip'] === true, url: options.settings.url },
    });
    const path = resolve(to ?? name);
    await checkTarget(target(path));
    if (options.json) print(JSON.stringify({ event: 'export', path, bytes: bytes.byteLength }));
    else effects.log.info(`Writing ${displayPath(path)}, ${fileSize(bytes.byteLength)}.`);
    await writeExport(target(path), bytes);
    if (entry !== undefined) effects.log.info(`Unpack it and open ${entry}.`);
    return 0;
  });
}

const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));

/** The gallery with the report, which is built where the gallery has none. */
async function openOrBuild(id: string, task: Task): Promise<BuiltGallery> {
  const { options, effects, signal } = task;
  const { openGallery } = await import('../publish/export/built-gallery.ts');
  const built = openGallery(options.out);
  if (built?.report(id)) return built;
  await checkGalleryFolder(options);
  process.env['NODE_ENV'] = 'production';
  const { buildGallery } = await import('../publish/gallery.ts');
  const progress = await chooseProgress(task);
  const { settings } = options;
  await buildGallery({
    ...{ ids: [id], options: galleryOptions(options), settings, effects, progress, signal },
  });
  const gallery = openGallery(options.out);
  if (gallery?.report(id)) return gallery;
  throw new UserError({
    what: `\`${id}\` has no report to export: the experiment was skipped.`,
    hint: `Run \`npx filterscope build ${id}\`, which says what is missing.`,
  });
}

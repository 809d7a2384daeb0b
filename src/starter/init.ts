import { lstat, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskProblem, namingPath, UserError } from '../errors.ts';
import { schemaLine } from './schema-line.ts';
import { firstExperiment, firstNarrative, ignoredFiles, scripts, workflow } from './templates.ts';
import { WORKFLOW_PATH } from './workflow.ts';
import { writeNew } from './write-new.ts';

export interface InitOptions {
  /** Absolute; made where it does not exist. */
  readonly folder: string;
  /** Of Filterscope: what a new package.json depends on. */
  readonly version: string;
}

/** Paths from the project's folder, with forward slashes. */
export interface InitResult {
  readonly written: readonly string[];
  /** Files that were there already and were not changed. */
  readonly kept: readonly string[];
  /** What was added to a package.json that was there. */
  readonly addedScripts: readonly string[];
  /** Lines that a .gitignore which was there lacks. */
  readonly missingIgnores: readonly string[];
}

/**
 * Starts a project: an experiment, its narrative, scripts, and a workflow that publishes the gallery. Nothing that exists is
 * overwritten.
 *
 * @throws UserError where package.json is there and is not an object of JSON, or the folder is a file; nothing is written then
 */
export async function initProject({ folder, version }: InitOptions): Promise<InitResult> {
  const before = await readManifest(join(folder, 'package.json'));
  const files: Readonly<Record<string, string>> = {
    'experiments/first-look.yaml': firstExperiment(schemaLine(join(folder, 'experiments'), folder)),
    'content/first-look.md': firstNarrative,
    '.gitignore': `${ignoredFiles.join('\n')}\n`,
    [WORKFLOW_PATH]: workflow,
  };
  // A narrative belongs to its experiment: where one was there, the other is not for it.
  const own = await exists(join(folder, 'experiments/first-look.yaml'));
  const written: string[] = [];
  const kept: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    if (own && path.startsWith('content/')) continue;
    ((await writeNew(join(folder, path), text)) ? written : kept).push(path);
  }
  const { text, addedScripts } = withScripts(before, version);
  if (addedScripts.length === 0) kept.push('package.json');
  else {
    await namingPath(join(folder, 'package.json'), () => writeFile(join(folder, 'package.json'), text));
    if (before === undefined) written.push('package.json');
  }
  return {
    ...{ written, kept },
    addedScripts: before === undefined ? [] : addedScripts,
    missingIgnores: kept.includes('.gitignore') ? await missingIgnores(join(folder, '.gitignore')) : [],
  };
}

const exists = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined)) !== undefined;

interface Manifest {
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const problem = diskProblem(error, path);
    throw problem ? new UserError(problem) : error;
  }
  const value = parse(text);
  const given = value?.['scripts'];
  if (!value || (given !== undefined && !isObject(given))) {
    throw new UserError({
      what: value ? '`scripts` is not an object.' : 'The file is not a JSON object.',
      place: { file: 'package.json' },
      why: '`init` adds its scripts to the file. Nothing was written.',
      hint: 'Correct the file, then run the command again.',
    });
  }
  return { text, value };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The manifest with the scripts that it lacks, indented as it was. */
function withScripts(
  before: Manifest | undefined,
  version: string,
): { text: string; addedScripts: readonly string[] } {
  const value = before?.value ?? { private: true, dependencies: { filterscope: `^${version}` } };
  const given = (value['scripts'] ?? {}) as Readonly<Record<string, unknown>>;
  const addedScripts = Object.keys(scripts).filter((name) => !Object.hasOwn(given, name));
  const added = Object.fromEntries(addedScripts.map((name) => [name, scripts[name]]));
  const indent = /^[\t ]+(?=")/m.exec(before?.text ?? '')?.[0] ?? '  ';
  const text = JSON.stringify({ ...value, scripts: { ...given, ...added } }, undefined, indent);
  return { text: `${text}\n`, addedScripts };
}

async function missingIgnores(path: string): Promise<readonly string[]> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split(/\r?\n/).map(plainIgnore);
  return ignoredFiles.filter((name) => !lines.includes(plainIgnore(name)));
}

/** `/dist/`, `dist` and `dist/` ignore the same folder. */
const plainIgnore = (line: string): string => line.trim().replace(/^\/|\/$/g, '');

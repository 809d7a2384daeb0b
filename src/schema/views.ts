/** The `views` of an experiment: each entry against the schema of the technique that it names. */
import { z } from 'zod/v4';
import { type Check, type Path, unwrap } from './check.ts';
import type { TechniqueSchema, ViewSpec } from './experiment.ts';
import { viewSchema } from './experiment-schema.ts';
import { OF_OVERLAYS } from './display-settings.ts';
import { isGroup, toId } from './pieces.ts';
import { describe, didYouMean, nearestFirst, show } from './words.ts';

const BASE_KEYS = Object.keys(viewSchema.shape);

/** Files may write the first of each for the second, which settings are called. */
export const SINGULAR: Readonly<Record<string, string>> = {
  layer: 'layers',
  filter: 'filters',
  image: 'images',
};

/** What the technique's schema calls `key` of a view, where that is not the key itself. */
function pluralOf(key: string, shape: Readonly<Record<string, unknown>>): string | undefined {
  const plural = SINGULAR[key];
  return plural !== undefined && !(key in shape) && plural in shape ? plural : undefined;
}

/** Entries with a problem are left out. */
export function parseViews(
  raw: readonly unknown[],
  techniques: readonly TechniqueSchema[],
  base: Path,
  check: Check,
): readonly ViewSpec[] {
  const ids = explicitIds(raw, base, check);
  return raw.flatMap((entry, index) => {
    const before = check.problems.count;
    const view = parseView(entry, techniques, index, [...base, index], check);
    if (!view || check.problems.count > before) return [];
    const { technique, settings, written, given } = view;
    const id = given.id ?? unique(technique, plural(written), ids);
    const title = given.title ?? titleOf(technique, plural(written));
    return [{ id, title, technique: technique.name, settings, written, index }];
  });
}

function parseView(
  entry: unknown,
  techniques: readonly TechniqueSchema[],
  index: number,
  path: Path,
  check: Check,
) {
  const names = techniques.map(({ name }) => name);
  if (!isGroup(entry)) {
    check.add(path, {
      what: `View ${index + 1} must be a group of keys, not ${describe(entry)}.`,
      hint: 'Write `- technique: …` with its settings below.',
      choices: names,
    });
    return undefined;
  }
  const own: Record<string, unknown> = {};
  const technical: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entry)) (BASE_KEYS.includes(key) ? own : technical)[key] = value;

  const name = own['technique'];
  const technique = techniques.find((one) => one.name === name);
  if (typeof name === 'string' && !technique) {
    check.add([...path, 'technique'], () => ({
      what: `There is no technique ${show(name)}.`,
      ...didYouMean(name, names),
      choices: nearestFirst(name, names),
    }));
  }
  if (name === undefined) {
    check.addAtKey(path, { what: `View ${index + 1} has no \`technique\`.`, choices: names });
    return undefined;
  }
  const given = check.parse(viewSchema, own, { path, owner: `view ${index + 1}` });
  if (!technique) return undefined;

  const { shape } = technique.settings;
  const raw: Record<string, unknown> = {};
  const singular = new Map<string, string>();
  for (const [key, value] of Object.entries(technical)) {
    const plural = pluralOf(key, shape);
    if (plural !== undefined && plural in technical) {
      check.addAtKey([...path, key], {
        what: `Both \`${key}\` and \`${plural}\` are given.`,
        hint: `Keep one: \`${plural}\` takes a list too.`,
      });
    } else {
      raw[plural ?? key] = value;
      if (plural !== undefined) singular.set(plural, key);
    }
  }
  const settings = check.parse(technique.settings, raw, {
    path,
    owner: `a ${technique.name} view`,
    otherKeys: BASE_KEYS,
    written: (key) => singular.get(key) ?? key,
  });
  if (
    'range' in shape &&
    'normalize' in shape &&
    raw['range'] !== undefined &&
    raw['normalize'] !== 'fixed'
  ) {
    check.addAtKey([...path, 'range'], {
      what: '`range` needs `normalize: fixed`.',
      why: 'Otherwise every panel or layer is scaled by its own range.',
    });
  }
  for (const key of settings?.['overlay'] === 'none' ? OF_OVERLAYS : []) {
    if (raw[key] === undefined) continue;
    check.addAtKey([...path, key], {
      what: `\`${key}\` needs \`overlay: image\`.`,
      hint: `Add \`overlay: image\`, or leave \`${key}\` out.`,
    });
  }
  if (!given || !settings) return undefined;
  return { technique, settings, given, written: inFileWords(shape, raw, singular) };
}

const layersIn = ({ layers }: Readonly<Record<string, unknown>>): readonly unknown[] =>
  layers === undefined ? [] : [layers].flat();

function idOf({ name, defaultId }: TechniqueSchema, settings: Readonly<Record<string, unknown>>): string {
  return defaultId ? defaultId(settings) : [name, ...layersIn(settings).slice(0, 3)].join('-');
}

function titleOf(
  { name, defaultTitle }: TechniqueSchema,
  settings: Readonly<Record<string, unknown>>,
): string {
  if (defaultTitle) return defaultTitle(settings);
  const words = `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('-', ' ')}`;
  const layers = layersIn(settings);
  return layers.length === 0 ? words : `${words} of ${layers.join(', ')}`;
}

/** `layers` for `layer`: how a technique knows its own settings. */
function plural(written: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(written).map(([key, value]) => [SINGULAR[key] ?? key, value]));
}

/** Settings as the file writes them, in the schema's order, with the defaults that it leaves out. */
function inFileWords(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  raw: Readonly<Record<string, unknown>>,
  singular: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(shape).map(([key, schema]) => [
    singular.get(key) ?? key,
    raw[key] ?? defaultOf(schema),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** In the words of a file: `prefault` holds them as they are, plain settings are written as they are meant. */
function defaultOf(schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.def.defaultValue;
  if (schema instanceof z.ZodOptional) return defaultOf(schema.unwrap() as z.core.$ZodType);
  return unwrap(schema) === schema ? undefined : defaultOf(unwrap(schema));
}

/** Ids that the file gives, so that none that is made clashes with one further down. */
function explicitIds(raw: readonly unknown[], base: Path, check: Check): Set<string> {
  const found = new Map<string, number>();
  for (const [index, entry] of raw.entries()) {
    const id = isGroup(entry) ? entry['id'] : undefined;
    if (typeof id !== 'string') continue;
    const first = found.get(id);
    if (first === undefined) found.set(id, index);
    else {
      check.add([...base, index, 'id'], () => {
        const { line } = check.locate([...base, first, 'id']);
        return {
          what: `Two views have the id ${show(id)}: view ${first + 1} (line ${line}) and view ${index + 1}.`,
          hint: 'Give each view its own id.',
        };
      });
    }
  }
  return new Set(found.keys());
}

function unique(
  technique: TechniqueSchema,
  written: Readonly<Record<string, unknown>>,
  taken: Set<string>,
): string {
  const base = toId(idOf(technique, written)) || technique.name;
  let id = base;
  for (let count = 2; taken.has(id); count += 1) id = `${base}-${count}`;
  taken.add(id);
  return id;
}

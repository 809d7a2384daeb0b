/** Inline layer stacks, entry by entry. */
import type { Check, Path } from './check.ts';
import type { InlineLayer } from './experiment.ts';
import { layerForms, type LayerForm } from './layer-forms.ts';
import { INPUT } from './model-words.ts';
import { isGroup } from './pieces.ts';
import { describe, didYouMean, nearest, nearestFirst, show } from './words.ts';

const types = (): readonly string[] => layerForms.names;

interface Entry {
  readonly type: string;
  readonly settings: unknown;
  /** Where the settings stand. */
  readonly path: Path;
  /** A bare value stands for the key `short`. */
  readonly isShort: boolean;
}

/** The stack with every default filled in; entries with a problem are left out. */
export function parseLayers(raw: readonly unknown[], base: Path, check: Check): readonly InlineLayer[] {
  const parsed = raw.map((entry, index) => {
    const found = readEntry(entry, [...base, index], check);
    const form = found && layerForms.get(found.type);
    if (!found || !form) return undefined;
    const settings = check.parse(form.settings, found.settings, {
      path: found.path,
      owner: `a ${found.type} layer`,
      // The value itself is at fault, not a key that is not there.
      ...(found.isShort && { bare: form.short! }),
    });
    return settings && { ...found, form, settings };
  });
  return nameLayers(parsed, check);
}

function readEntry(entry: unknown, path: Path, check: Check): Entry | undefined {
  if (typeof entry === 'string')
    return known(entry, path, check) && { type: entry, settings: {}, path, isShort: false };
  if (!isGroup(entry) || Object.keys(entry).length === 0) {
    check.add(path, {
      what: `A layer cannot be ${describe(entry)}.`,
      hint: 'Write a type, such as `- relu`, or a type with its settings, such as `- conv2d: {filters: 3, kernel: 3}`.',
      choices: types(),
    });
    return undefined;
  }
  if (typeof entry['type'] === 'string') {
    const { type, ...settings } = entry;
    return known(type as string, [...path, 'type'], check)
      ? { type: type as string, settings, path, isShort: false }
      : undefined;
  }
  const [type, ...beside] = Object.keys(entry) as [string, ...string[]];
  const inside = [...path, type];
  const form = known(type, inside, check, 'key');
  if (!form) return undefined;
  if (beside.length > 0) {
    check.addAtKey([...path, beside[0]!], {
      what: `${show(beside[0]!)} is beside \`${type}\`, not inside it.`,
      hint: `Indent it further than \`${type}\`, or write all settings in braces: \`- ${type}: {…}\`.`,
    });
    return undefined;
  }
  const value = entry[type];
  if (value === null || isGroup(value)) return { type, settings: value ?? {}, path: inside, isShort: false };
  if (form.short) return { type, settings: { [form.short]: value }, path: inside, isShort: true };
  const { example = '{name: …}' } = form;
  check.add(inside, {
    what: `\`${type}\` must be a group of keys, not ${describe(value)}.`,
    hint: `Write \`- ${type}: ${example}\`.`,
  });
  return undefined;
}

function known(type: string, path: Path, check: Check, at: 'key' | 'value' = 'value'): LayerForm | undefined {
  const form = layerForms.get(type);
  if (form) return form;
  const problem = () => {
    const plainName = type
      .slice(0, 100)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '');
    const valid = types();
    const meant =
      valid.find((name) => layerForms.get(name)!.alsoCalled?.includes(plainName)) ?? nearest(type, valid);
    return {
      what: `There is no layer type ${show(type)}.`,
      ...(meant !== undefined ? { hint: `Did you mean \`${meant}\`?` } : {}),
      choices: meant === undefined ? valid : [meant, ...valid.filter((other) => other !== meant)],
    };
  };
  if (at === 'key') check.addAtKey(path, problem);
  else check.add(path, problem);
  return undefined;
}

type Parsed = Entry & { readonly form: LayerForm; readonly settings: Readonly<Record<string, unknown>> };

function nameLayers(parsed: readonly (Parsed | undefined)[], check: Check): readonly InlineLayer[] {
  const given = new Map<string, number>();
  for (const [index, layer] of parsed.entries()) {
    const name = layer?.settings['name'] as string | undefined;
    if (name === undefined) continue;
    const before = given.get(name);
    if (before === undefined) given.set(name, index);
    else {
      check.add([...layer!.path, 'name'], {
        what: `Two layers are called ${show(name)}: entries ${before + 1} and ${index + 1} of \`layers\`.`,
        hint: 'Give each layer its own name.',
      });
    }
  }

  const counts = new Map<string, number>();
  const made = (type: string): string => {
    let count = counts.get(type) ?? 0;
    do count += 1;
    while (given.has(`${type}_${count}`));
    counts.set(type, count);
    return `${type}_${count}`;
  };

  const layers: InlineLayer[] = [];
  const above = new Set([INPUT]);
  // An entry that could not be read may well be the one that a later `from` names.
  const isWhole = parsed.every((layer) => layer !== undefined);
  for (const layer of parsed) {
    if (!layer) continue;
    const { form, settings } = layer;
    const name = (settings['name'] as string | undefined) ?? made(form.stem?.(settings) ?? layer.type);
    const from = (settings['from'] as string | undefined) ?? layers.at(-1)?.name ?? INPUT;
    if (isWhole && !above.has(from)) {
      check.add([...layer.path, 'from'], () => {
        const valid = [...above];
        const why = given.has(from)
          ? 'The layer is further down. A layer takes the output of a layer above it.'
          : undefined;
        return {
          what: `There is no layer ${show(from)} above this one.`,
          ...(why === undefined ? didYouMean(from, valid) : { why }),
          choices: nearestFirst(from, valid),
        };
      });
    }
    layers.push({ name, from, type: form.type, config: form.config(settings) });
    above.add(name);
  }
  return layers;
}

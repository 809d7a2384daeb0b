import { UserError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import { byName, setPluginCode } from '../plugins.ts';
import type { PluginCode, Table } from '../plugins.ts';
import type { ModelFormat } from '../model/formats/format.ts';
import { modelFormats } from '../model/formats/table.ts';
import { isBuiltInType, layerTypes } from '../model/layer-types.ts';
import { useModelPlugins } from '../model/use-plugins.ts';
import { layerForms } from '../schema/layer-forms.ts';
import { colormaps } from '../schema/colormaps.ts';
import { setOwnPresentations } from '../site/site-context.ts';
import { writeError } from '../terminal.ts';
import { techniques } from '../techniques/registry.ts';
import type { FilterscopeConfig, PluginKey } from './define-config.ts';

/** Keys of the configuration that only its file can have. */
export const PLUGIN_KEYS: readonly PluginKey[] = [
  ...(['techniques', 'formats', 'layers', 'colormaps', 'presentations'] as const),
];

export function hasPlugins(config: FilterscopeConfig): boolean {
  return PLUGIN_KEYS.some((key) => (config[key]?.length ?? 0) > 0);
}

/**
 * Makes what a configuration adds known to this process, and to the threads and processes that it starts from then on.
 * @throws UserError where a name is taken
 */
export async function installPlugins(config: FilterscopeConfig, code: PluginCode | undefined): Promise<void> {
  const { techniques: own = [], colormaps: colors = [], presentations = [] } = config;
  const { layers = [], formats = [] } = config;
  const problems = [
    ...takenNames('techniques', own, techniques),
    ...takenNames('colormaps', colors, colormaps),
    ...takenNames('layers', layers, layerTypes),
    ...takenNames(
      'layers',
      layers.flatMap(({ inline }) => inline ?? []),
      layerForms,
    ),
    ...layers.flatMap(({ aliases = [] }, index) =>
      aliases.filter(isBuiltInType).map((alias): Problem => ({
        what: `\`layers[${index}]\` has the alias \`${alias}\`, a name of a layer type that Filterscope has.`,
        hint: 'Leave it out.',
      })),
    ),
    ...takenNames('formats', formats, modelFormats),
    ...takenEndings(formats),
    ...presentations.flatMap(({ technique }, index): Problem[] =>
      techniques.isBuiltIn(technique) || own.some(({ name }) => name === technique)
        ? []
        : [
            {
              what: `\`presentations[${index}]\` is of the technique \`${technique}\`, which does not exist.`,
              choices: [...own.map(({ name }) => name), ...techniques.names],
            },
          ],
    ),
  ];
  if (problems.length > 0) throw new UserError(problems);
  const used = hasPlugins(config) ? code : undefined;
  setPluginCode(used);
  techniques.use(byName(own), used?.sum);
  colormaps.use(byName(colors));
  useModelPlugins(layers, formats, used?.sum);
  setOwnPresentations(presentations, (message) => writeError(`${message}\n`));
}

function takenNames<T>(key: string, own: readonly { readonly name: string }[], table: Table<T>): Problem[] {
  return own.flatMap(({ name }, index): Problem[] => {
    const first = own.findIndex((each) => each.name === name);
    if (first < index)
      return [{ what: `\`${key}[${first}]\` and \`${key}[${index}]\` are both called \`${name}\`.` }];
    return table.isBuiltIn(name)
      ? [
          {
            what: `\`${key}[${index}]\` is called \`${name}\`, as one that Filterscope has.`,
            hint: 'Give it another name.',
          },
        ]
      : [];
  });
}

function takenEndings(formats: readonly ModelFormat[]): Problem[] {
  return formats.flatMap(({ endings }, index) =>
    endings.flatMap((ending): Problem[] => {
      const other = [...modelFormats.builtIn, ...formats.slice(0, index)].find((each) =>
        each.endings.includes(ending),
      );
      return other
        ? [
            {
              what: `\`formats[${index}]\` has the ending \`${ending}\`, as the format \`${other.name}\`.`,
              hint: 'Give it an ending of its own.',
            },
          ]
        : [];
    }),
  );
}

import { byName } from '../plugins.ts';
import { layerForms } from '../schema/layer-forms.ts';
import type { LayerForm } from '../schema/layer-forms.ts';
import type { ModelFormat } from './formats/format.ts';
import { modelFormats } from './formats/table.ts';
import { useLayerTypes } from './layer-types.ts';
import type { LayerType } from './layers/layer-type.ts';

/** A layer type of a project's own. */
export interface OwnLayerType extends LayerType {
  /** How inline stacks write it: the form and its name there. Absent where only model files have such layers. */
  readonly inline?: Omit<LayerForm, 'type'> & { readonly name: string };
}

/** Adds a project's own layer types and formats in this thread, in place of those added before. @param sum of the code they come from */
export function useModelPlugins(
  layers: readonly OwnLayerType[],
  formats: readonly ModelFormat[],
  sum?: string,
): void {
  useLayerTypes(layers, sum);
  layerForms.use(
    Object.fromEntries(
      layers.flatMap(({ name: type, inline }) =>
        inline ? [[inline.name, { ...inline, type }] as const] : [],
      ),
    ),
  );
  modelFormats.use(byName(formats), sum);
}

import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { isRecord } from '../layers/plain-value.ts';

type Json = Readonly<Record<string, unknown>>;

/** A layer of the file: class, configuration, calls. */
export interface LayerSpec {
  readonly name: string;
  readonly type: string;
  readonly config: Json;
  readonly inbound: unknown;
}

/** Classes that hold layers. */
export const MODELS: ReadonlySet<string> = new Set(['Sequential', 'Functional', 'Model']);

/** The layers inside a model's configuration. */
export function modelLayers(spec: LayerSpec, place: Place): readonly LayerSpec[] {
  const { layers } = spec.config;
  if (!Array.isArray(layers) || !layers.length) {
    throw new UserError({
      what: `Unsupported model description: \`${spec.name}\` has no layers.`,
      place,
    });
  }
  return layers.map((layer, i) => layerSpec(layer, place, `layer ${i} of \`${spec.name}\``));
}

/** `nameless` is the name of what needs none: a model that is no layer of another. */
export function layerSpec(value: unknown, place: Place, what: string, nameless?: string): LayerSpec {
  const config = isRecord(value) ? value['config'] : undefined;
  const type = isRecord(value) ? value['class_name'] : undefined;
  const fail = (why: string): never => {
    throw new UserError({ what: `Unsupported model description: ${what} ${why}.`, place });
  };
  if (!isRecord(value) || typeof type !== 'string') return fail('has no `class_name`');
  // Keras 1 and early Keras 2 give a Sequential model's layers where later ones give its configuration.
  const settings = Array.isArray(config) ? { layers: config } : config;
  if (!isRecord(settings)) return fail('has no `config`');
  const name = value['name'] ?? settings['name'] ?? nameless;
  if (typeof name !== 'string' || !name) return fail('has no `name`');
  if (name.length > 500) return fail('has a name of more than 500 characters');
  return { name, type: qualifiedType(value, type), config: settings, inbound: value['inbound_nodes'] };
}

/** The class name, spelled out where it only looks like one of Keras' layers. */
function qualifiedType(value: Json, type: string): string {
  const { module, registered_name: registered } = value;
  const ofKeras = typeof module === 'string' && /^(keras|tensorflow\.keras|tf_keras)\b/.test(module);
  // Keras 2 registers layers of its own applications under `Custom`, too.
  if (
    typeof registered === 'string' &&
    registered.includes('>') &&
    !registered.startsWith('keras') &&
    !ofKeras
  )
    return registered;
  if (typeof module !== 'string') return type;
  // `x + y` on Keras tensors is saved as an operation, whose class may have the name of a layer.
  if (/^keras(\.src)?\.ops\b/.test(module)) return `${module}.${type}`;
  return /^(keras|tensorflow\.keras|tf_keras|builtins)\b/.test(module) ? type : `${module}.${type}`;
}

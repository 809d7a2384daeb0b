import type { Attributes } from '../attributes.ts';
import type { Builder, Maps, Value } from '../builder.ts';
import { expectMaps } from '../builder.ts';
import type { Constant } from '../constant.ts';
import { FoldError } from '../fold-error.ts';
import type { OnnxNode } from '../nodes.ts';

/** A node on its way to becoming layers: at least one of its inputs comes from the image. */
export interface Step {
  readonly node: OnnxNode;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  readonly opset: number;
  readonly builder: Builder;
  /** Notes something that readers of results should know of the network; each text once. */
  readonly notice: (text: string) => void;
}

/**
 * Adds the layers of a node.
 * @returns the node's outputs; those that are left out must not be used
 * @throws FoldError | UserError naming what is wrong
 */
export type Operator = (step: Step) => readonly (Value | undefined)[];

/** The first input, from the image. */
export const mapsOf = ({ inputs }: Step): Maps => expectMaps(inputs[0]);

/** Height, then width, from a list as long as there are spatial axes. @throws FoldError where it is another number */
export function pairOf(
  values: readonly number[] | undefined,
  fallback: readonly [number, number],
  what: string,
): readonly [number, number] {
  if (values === undefined || values.length === 0) return fallback;
  if (values.length === 2) return [values[0]!, values[1]!];
  throw new FoldError(
    `its \`${what}\` has ${values.length} values: ${values.length === 1 ? 'it is one-dimensional, and only images are supported' : 'only two spatial axes are supported'}`,
    'Only networks for images are supported: [batch, channels, height, width].',
  );
}

/** The constant under another name than its own, so that no layer is named after it. */
export function nameless(value: Constant): Constant {
  const { shape, type } = value;
  return { kind: 'constant', shape, type, values: () => value.values() };
}

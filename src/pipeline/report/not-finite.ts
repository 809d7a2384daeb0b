/** How many weights, or panels, of each layer hold NaN or infinities. */
export interface NotFinite {
  readonly weights: readonly { readonly layer: string; readonly count: number }[];
  readonly panels: ReadonlyMap<string, number>;
}

/** Layers that a warning names one by one. */
const NAMED = 5;

/** A report's warnings about values that are no numbers, for the terminal too: a sentence each, two at most for any network. */
export function notFiniteWarnings({ weights, panels }: NotFinite): string[] {
  const maps = [...panels].map(([layer, count]) => ({ layer, count }));
  return [
    ...(weights.length
      ? [
          `NaN or infinite weights in ${listed(weights, 'weight')}. Values of these layers and of those behind them are not reliable. Save the model again from a checkpoint before they appeared.`,
        ]
      : []),
    ...(maps.length
      ? [
          `NaN or infinite values in panels of ${listed(maps, 'panel')}. ${weights.length ? 'They may come from the weights.' : 'The weights are finite: compare `preprocess` with what the model was trained on.'}`,
        ]
      : []),
  ];
}

function listed(layers: NotFinite['weights'], noun: string): string {
  const named = layers
    .slice(0, NAMED)
    .map(({ layer, count }) => `\`${layer}\` (${count} ${noun}${count === 1 ? '' : 's'})`);
  const more = layers.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more layer${more === 1 ? '' : 's'}`] : [])].join(', ');
}

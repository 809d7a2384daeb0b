import type { Box } from '../technique.ts';

/** Of a signal's energy, along each axis; what is left out is split between both ends. */
const SHARE = 0.95;

/**
 * Where a signal's energy (its squares, summed over the channels) lies: the rows that hold 95 % of it, by the columns that do.
 * Undefined where there is none.
 *
 * @param values float32 [region.height, region.width, channels]
 */
export function effectiveBox(values: Float32Array, region: Box, channels: number): Box | undefined {
  const rows = new Float64Array(region.height);
  const columns = new Float64Array(region.width);
  let from = 0;
  for (let y = 0; y < region.height; y++) {
    for (let x = 0; x < region.width; x++) {
      let energy = 0;
      for (let c = 0; c < channels; c++, from++) energy += values[from]! * values[from]!;
      rows[y]! += energy;
      columns[x]! += energy;
    }
  }
  const down = middleOf(rows);
  const across = middleOf(columns);
  if (!down || !across) return undefined;
  return {
    ...{ x: region.x + across.first, y: region.y + down.first },
    ...{ width: across.last - across.first, height: down.last - down.first },
  };
}

function middleOf(energy: Float64Array): { first: number; last: number } | undefined {
  const total = energy.reduce((sum, each) => sum + each, 0);
  if (!(total > 0) || !Number.isFinite(total)) return undefined;
  const spare = (total * (1 - SHARE)) / 2;
  const skip = (list: Float64Array): number => {
    let passed = 0;
    const found = list.findIndex((each) => (passed += each) > spare);
    return Math.max(0, found);
  };
  return { first: skip(energy), last: energy.length - skip(energy.toReversed()) };
}

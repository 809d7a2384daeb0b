/** What src/pipeline/render/value-grids.ts writes: values of maps, few of each, as bytes. */
export interface ValueScript {
  /** Neighbours of one shape; no rows where there are no values. */
  readonly shapes: readonly (readonly [
    count: number,
    rows: number,
    columns: number,
    height: number,
    width: number,
  ])[];
  /** base64 of zlib: of each map four float32 (least and greatest value of the grid, and of the colours), then its cells. */
  readonly data: string;
}

export interface Grid {
  readonly rows: number;
  readonly columns: number;
  /** Of the whole map. */
  readonly height: number;
  readonly width: number;
  readonly range: readonly [low: number, high: number];
  /** Range of the colours of its panel. */
  readonly drawn: readonly [low: number, high: number];
  /** Steps of `range`, row by row. */
  readonly cells: Uint8Array;
}

const STEPS = 254;
const NOT_FINITE = 255;
const RANGES = 4;

/** @throws where the browser cannot inflate them */
export async function readGrids({ shapes, data }: ValueScript): Promise<(Grid | undefined)[]> {
  const packed = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  const bytes = await new Response(stream).arrayBuffer();
  const maps = shapes.reduce((sum, [count, rows]) => sum + (rows > 0 ? count : 0), 0);
  const ranges = new Float32Array(bytes, 0, maps * RANGES);
  let from = ranges.byteLength;
  let map = 0;
  return shapes.flatMap(([count, rows, columns, height, width]) =>
    Array.from({ length: count }, (): Grid | undefined => {
      if (rows === 0) return undefined;
      const [low, high, least, greatest] = ranges.subarray(map * RANGES, ++map * RANGES);
      const cells = new Uint8Array(bytes, from, rows * columns);
      from += cells.length;
      return { rows, columns, height, width, range: [low!, high!], drawn: [least!, greatest!], cells };
    }),
  );
}

export interface CellValue {
  /** NaN where it is not a number. */
  readonly value: number;
  /** `value` is at most half of it away from the mean of the cell. */
  readonly step: number;
  /** How many values the cell is the mean of: 1 and 1 where the value is the map's own. */
  readonly rows: number;
  readonly columns: number;
}

/** @param row of the whole map */
export function valueAt(grid: Grid, row: number, column: number): CellValue {
  const { rows, columns, height, width, range, cells } = grid;
  const down = Math.floor(((row + 0.5) * rows) / height);
  const across = Math.floor(((column + 0.5) * columns) / width);
  const step = (range[1] - range[0]) / STEPS;
  const cell = cells[down * columns + across]!;
  const value = cell === NOT_FINITE ? NaN : range[0] + cell * step;
  return { value, step, rows: height / rows, columns: width / columns };
}

/** With as many digits as are right: its last one is at most one off. */
export function formatValue({ value, step }: CellValue): string {
  if (Number.isNaN(value)) return 'not a number';
  const decimals = step > 0 ? Math.min(12, Math.max(0, Math.floor(-Math.log10(step)))) : 4;
  const size = Math.abs(value);
  const text = size >= 1e6 || (size > 0 && size < 1e-4) ? value.toExponential(1) : value.toFixed(decimals);
  return text
    .replace(/^-(?=[0.]*$)/, '')
    .replaceAll('-', '−')
    .replace('e+', 'e');
}

/** `mean of 4 × 4 values`; empty where the value is the map's own. */
export function meanPhrase({ rows, columns }: CellValue): string {
  if (rows === 1 && columns === 1) return '';
  const side = (count: number) => String(Number(count.toPrecision(3)));
  return `mean of ${side(rows)} × ${side(columns)} values`;
}

/** How numbers of windows over maps are printed and coloured: by pages, and by the script that moves a window. Pure. */

/** Number of steps of the colours of cells. */
const LEVELS = 16;

/** Decimals for numbers of that size: two significant ones of the largest, as many as leave room in a cell. */
export function decimalsFor(values: readonly (number | null | undefined)[]): number {
  const most = Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
  if (most === 0) return 0;
  const size = Math.floor(Math.log10(most));
  return size >= 0 ? Math.max(0, 2 - size) : Math.min(8, 1 - size);
}

/** Fixed decimals, with a minus sign; never a negative zero. */
export function fixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined) return 'not finite';
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/** As something that is added: `+ 0.1`, `− 0.1`. */
export function addend(value: number | null | undefined, decimals: number): string {
  const text = fixed(value, decimals);
  return text.startsWith('−') ? `− ${text.slice(1)}` : `+ ${text}`;
}

/** −16..16: how far a value is from zero, by the greatest magnitude. */
export function signedLevel(value: number | null | undefined, greatest: number): number {
  return greatest > 0 ? Math.round((LEVELS * (value ?? 0)) / greatest) || 0 : 0;
}

/** 0..16 between the least and the greatest value. */
export function greyLevel(value: number | null | undefined, low: number, high: number): number {
  return high > low ? Math.round((LEVELS * ((value ?? low) - low)) / (high - low)) : LEVELS / 2;
}

/** What a script needs to show any position of a walk: the attribute `data-walk`. Numbers only, so that it stays short. */
export interface WalkData {
  /** Top and left of the patch, its rows and columns, rows and columns of the window, strides, padding; then of the map. */
  readonly patch: readonly [top: number, left: number, rows: number, columns: number];
  readonly window: readonly [rows: number, columns: number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly walk: readonly [top: number, left: number, rows: number, columns: number];
  /** The position that is shown first. */
  readonly start: number;
  /** Of each channel: values of the patch, and weights of the window where there are any (null in gaps). */
  readonly values: readonly (readonly (number | null)[])[];
  readonly weights: readonly (readonly (number | null)[])[];
  /** Texts of each position, parted by `;`: sums by channel, then what follows them, parted by `|`. */
  readonly texts: string;
  /** Decimals of products, and the greatest magnitude among them. */
  readonly decimals: number;
  readonly greatest: number;
}

/** The products below a window; null in gaps. */
export function productsAt(
  {
    patch,
    window,
    stride,
    padding,
    values,
    weights,
  }: Omit<WalkData, 'walk' | 'start' | 'texts' | 'decimals' | 'greatest'>,
  channel: number,
  [row, column]: readonly [number, number],
): (number | null)[] {
  const top = row * stride[0] - padding[0] - patch[0];
  const left = column * stride[1] - padding[1] - patch[1];
  return weights[channel]!.map((weight, i) => {
    if (weight === null) return null;
    const at = (top + Math.floor(i / window[1])) * patch[3] + left + (i % window[1]);
    return weight * (values[channel]![at] ?? 0);
  });
}

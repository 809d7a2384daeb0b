/** Colours and numbers of drawings. Pure. */

export const INK = '#1a1a1a';
export const SOFT = '#5c5c5c';
export const LINE = '#c9c5bb';
/** Frames the window and the value that it gives. */
export const MARK = '#d08700';
const NEGATIVE = '#2f6db0';
const POSITIVE = '#c2452d';
export const BAR_NEGATIVE = NEGATIVE;
export const BAR_POSITIVE = POSITIVE;
/** Text of two decimals fits into cells; pages have more. */
const DECIMALS = 2;

/** Blue below zero, white at zero, red above. @param share -1..1 */
export function signedColor(share: number): string {
  return mix('#ffffff', share < 0 ? NEGATIVE : POSITIVE, 0.7 * Math.min(1, Math.abs(share)));
}

/** @param share of the second colour, 0..1 */
export function mix(one: string, other: string, share: number): string {
  const channel = (color: string, at: number): number => parseInt(color.slice(1 + 2 * at, 3 + 2 * at), 16);
  const hex = [0, 1, 2].map((at) => {
    const value = Math.round(channel(one, at) * (1 - share) + channel(other, at) * share);
    return value.toString(16).padStart(2, '0');
  });
  return `#${hex.join('')}`;
}

/** Black or white, whichever is easier to read. */
export function textOn(background: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(background.slice(at, at + 2), 16));
  return 0.299 * r! + 0.587 * g! + 0.114 * b! > 140 ? INK : '#ffffff';
}

/** Two decimals, more where values differ by little. @param spread of the values */
export const digitsFor = (spread: number): number => (spread > 0 && spread < 0.1 ? DECIMALS + 1 : DECIMALS);

/** So many decimals, fewer where a number is large. */
export function numberText(value: number | null, digits = DECIMALS): string {
  if (value === null) return '?';
  const size = Math.abs(value);
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : digits);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−');
}

/** Size of the font at which a text fits into a cell. */
export function fitted(text: string, cell: number): number {
  return Math.min(13, 0.36 * cell + 1, (0.9 * cell) / (0.58 * text.length));
}

/** With its sign in front, as what is added to something. */
export function addend(value: number | null, digits = DECIMALS): string {
  const text = numberText(value, digits);
  return text.startsWith('−') ? `− ${text.slice(1)}` : `+ ${text}`;
}

const NAMES: Readonly<Record<string, string>> = {
  relu: 'ReLU',
  relu6: 'ReLU6',
  leaky_relu: 'leaky ReLU',
  elu: 'ELU',
  selu: 'SELU',
  gelu: 'GELU',
};

/** As people write it. */
export const functionName = (name: string): string => NAMES[name] ?? name.replaceAll('_', ' ');

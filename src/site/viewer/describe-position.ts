import { fieldOf, sizeOf, valueOf } from './panel-figure.ts';
import type { PanelPosition, Shown } from './panel-figure.ts';
import { formatValue, meanPhrase } from './value-grids.ts';

/** What is known of a place of a panel: where it is, its value, what it is computed from. */
export function describePosition(shown: Shown, at: PanelPosition): string {
  const size = sizeOf(shown);
  const { found } = shown;
  const value = valueOf(shown, at);
  const parts = [`Row ${at.row}, column ${at.column} of ${size.height} × ${size.width}`];
  if (value) parts.push(`≈ ${[formatValue(value), meanPhrase(value)].filter(Boolean).join(', ')}`);
  const field = found.kind === 'image' ? undefined : fieldOf(shown, at);
  if (field && found.layer?.field) {
    const { image } = found;
    const reaches =
      image &&
      (field.x < 0 ||
        field.y < 0 ||
        field.x + field.width > image.width ||
        field.y + field.height > image.height);
    parts.push(
      `receptive field ${field.width} × ${field.height} pixels${reaches ? ', reaching outside the image' : ''}`,
    );
  }
  return parts.join(' · ');
}

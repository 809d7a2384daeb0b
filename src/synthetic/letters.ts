import { CAP_HEIGHT, textOutline } from '../image/text.ts';
import { anyPlacement, type FigureDrawer } from './pen.ts';
import { anyTone, apartFrom, contrasting } from './tone.ts';

const LETTERS = [...'ABCDEFGHJKLMNPQRSTUVWXYZabdefghknpqrstuyAEGKMRSBDaegks2345678&?'];

/** Lines of letters without sense, one large letter, or a few of them. */
export const letters: FigureDrawer = (pen, dice, behind) => {
  const color = contrasting(dice, behind, 0.4);
  const weight = dice.chance(0.6) ? 600 : 400;
  const letter = () => dice.pick(...(LETTERS as [string, ...string[]]));
  const size = dice.chance(0.35) ? dice.between(1.1, 1.9) : dice.between(0.4, 0.95);
  const { matrix } = anyPlacement(dice, { size: [0.95, 1.05], turn: 0.05, flip: false });
  pen.place({ matrix: [matrix[0], matrix[1], matrix[2], matrix[3], 0, 0] });
  const second = dice.chance(0.25) ? apartFrom(behind, anyTone(dice), 0.35) : color;
  const rows = Math.max(1, Math.round(2.1 / size));
  const gap = size * dice.between(0.98, 1.15);
  for (let row = 0; row < rows; row++) {
    const text = Array.from({ length: Math.max(1, Math.round(3.4 / size)) }, letter).join('');
    const y = (row - (rows - 1) / 2) * gap + (CAP_HEIGHT / 2) * size + dice.between(-0.03, 0.03);
    // Outlines come in the pen's own hundredths.
    const { path } = textOutline(
      text,
      100 * dice.between(-0.15, 0.15),
      100 * y,
      { size: 100 * size, weight },
      'middle',
    );
    pen.path(path, { flat: row % 2 === 0 ? color : second });
  }
};

/** Moves a window over a map, by a slider, by pointing, or by itself, and shows the numbers of each position. */
import { fixed, productsAt, signedLevel, type WalkData } from '../window-walk.ts';

/** Milliseconds that a position is shown for. */
const PACE = 700;

document.querySelectorAll<HTMLElement>('.windows[data-walk]').forEach((root) => {
  const data = JSON.parse(root.dataset['walk']!) as WalkData;
  const [top, left, rows, columns] = data.walk;
  const count = rows * columns;
  const cellsOf = (part: string): HTMLTableCellElement[][] =>
    [...root.querySelectorAll(`[data-part="${part}"]`)].map((table) => [
      ...table.querySelectorAll<HTMLTableCellElement>('td'),
    ]);
  const inputs = cellsOf('input');
  const products = cellsOf('products');
  const map = cellsOf('map')[0]!;
  const texts = root.querySelectorAll<HTMLElement>('[data-text]');

  const button = document.createElement('button');
  button.type = 'button';
  const slider = document.createElement('input');
  slider.type = 'range';
  slider.min = '0';
  slider.max = String(count - 1);
  slider.setAttribute('aria-label', 'Position of the window');
  const status = document.createElement('output');
  const controls = root.nextElementSibling!;
  controls.append(button, slider, status);
  let timer: ReturnType<typeof setInterval> | undefined;

  /** @param fills whether the map ends at this position, as while it is made */
  function show(index: number, fills: boolean): void {
    const row = top + Math.floor(index / columns);
    const column = left + (index % columns);
    const [y, x] = [row * data.stride[0] - data.padding[0], column * data.stride[1] - data.padding[1]];
    for (const cells of inputs) {
      cells.forEach((cell, i) => {
        const dy = data.patch[0] + Math.floor(i / data.patch[3]) - y;
        const dx = data.patch[1] + (i % data.patch[3]) - x;
        cell.classList.toggle('on', dy >= 0 && dx >= 0 && dy < data.window[0] && dx < data.window[1]);
      });
    }
    products.forEach((cells, channel) => {
      productsAt(data, channel, [row, column]).forEach((product, i) => {
        if (product === null) return;
        const level = signedLevel(product, data.greatest);
        cells[i]!.textContent = fixed(product, data.decimals);
        cells[i]!.style.setProperty('--v', String(Math.abs(level)));
        cells[i]!.classList.toggle('minus', level < 0);
      });
    });
    map.forEach((cell, i) => {
      cell.classList.toggle('on', i === index);
      cell.classList.toggle('ahead', fills && i > index);
    });
    const written = data.texts.split(';')[index]!.split('|');
    written.forEach((text, i) => {
      if (texts[i]) texts[i].textContent = text;
    });
    slider.value = String(index);
    const place = `row ${row}, column ${column}`;
    slider.setAttribute('aria-valuetext', place);
    status.textContent = place;
  }

  function play(on: boolean): void {
    clearInterval(timer);
    timer = on ? setInterval(step, PACE) : undefined;
    button.setAttribute('aria-label', on ? 'Pause' : 'Play');
    button.innerHTML = `<svg width="10" height="10" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true"><path d="${on ? 'M1 0h3v10H1zM6 0h3v10H6z' : 'M1.5 0v10L9.5 5z'}"/></svg>`;
  }
  function step(): void {
    const index = Number(slider.value) + 1;
    if (index < count) show(index, true);
    if (index >= count - 1) play(false);
  }
  button.addEventListener('click', () => {
    if (timer !== undefined) return play(false);
    if (Number(slider.value) === count - 1) show(0, true);
    play(true);
  });
  slider.addEventListener('input', () => {
    play(false);
    show(Number(slider.value), true);
  });

  /** The position whose window has its middle nearest to a cell of the patch. */
  function nearest(cell: number): number {
    const y = data.patch[0] + Math.floor(cell / data.patch[3]) + data.padding[0] - (data.window[0] - 1) / 2;
    const x = data.patch[1] + (cell % data.patch[3]) + data.padding[1] - (data.window[1] - 1) / 2;
    const within = (value: number, most: number): number =>
      Math.min(most - 1, Math.max(0, Math.round(value)));
    return within(y / data.stride[0] - top, rows) * columns + within(x / data.stride[1] - left, columns);
  }
  function follow(event: PointerEvent): void {
    const under = document.elementFromPoint(event.clientX, event.clientY)?.closest('td');
    if (!under || !root.contains(under)) return;
    const cell = under as HTMLTableCellElement;
    const index = map.includes(cell) ? map.indexOf(cell) : -1;
    const at = inputs.find((cells) => cells.includes(cell))?.indexOf(cell);
    if (index < 0 && at === undefined) return;
    play(false);
    show(index >= 0 ? index : nearest(at!), false);
  }
  root.addEventListener('pointermove', follow);
  root.addEventListener('pointerdown', (event) => {
    // A finger that is dragged keeps to the cell it was put on, unless it is let go.
    const target = event.target as Element;
    if (target.hasPointerCapture?.(event.pointerId)) target.releasePointerCapture(event.pointerId);
    follow(event);
  });

  root.classList.add('moves');
  play(false);
  show(data.start, false);
});

import { describe, expect, it } from 'vitest';
import { describeFailure, wantsColour } from '../../src/cli/failure.ts';
import { UserError } from '../../src/errors.ts';

const plain = { colour: false, stack: false };
const place = { file: 'experiments/cats.yaml', line: 3, column: 7 };

describe('describeFailure', () => {
  it('exits with 2 on a mistake of the user and shows all of it', () => {
    const error = new UserError({
      place,
      what: 'Unknown key "colour"',
      hint: 'Did you mean "colormap"?',
      choices: ['colormap', 'grid'],
    });
    const { text, status } = describeFailure(error, { ...plain, consequence: 'nothing was built' });
    expect(status).toBe(2);
    expect(text).toMatchInlineSnapshot(`
      "experiments/cats.yaml:3:7: Unknown key "colour"
        Did you mean "colormap"?
        Valid: colormap, grid"
    `);
  });

  it('parts several problems by blank lines and counts them', () => {
    const error = new UserError([
      { place, what: 'One.' },
      { what: 'Two.', why: 'Because.' },
    ]);
    const { text } = describeFailure(error, { ...plain, consequence: 'nothing was built' });
    expect(text).toMatchInlineSnapshot(`
      "experiments/cats.yaml:3:7: One.

      Two.
        Because.

      2 problems: nothing was built."
    `);
    expect(describeFailure(error, plain).text.split('\n').at(-1)).toBe('2 problems.');
  });

  it('exits with 1 on anything unexpected, with one line and the way to more', () => {
    const { text, status } = describeFailure(new TypeError('x is not a function\nat all'), plain);
    expect(status).toBe(1);
    expect(text).toMatchInlineSnapshot(`
      "Filterscope failed: x is not a function.
        Set FILTERSCOPE_DEBUG=1 to print the stack."
    `);
  });

  it('shows the stack and the causes when asked', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    const { text } = describeFailure(error, { colour: false, stack: true });
    expect(text).toContain('failure.test.ts');
    expect(text).toContain('Caused by: Error: inner');
  });

  it('copes with what is no error', () => {
    expect(describeFailure('gone', plain)).toMatchObject({
      status: 1,
      text: expect.stringContaining('gone'),
    });
  });

  it('colours first lines only', () => {
    const { text } = describeFailure(new UserError({ what: 'What', why: 'Why' }), { ...plain, colour: true });
    expect(text).toBe('\u001b[31mWhat\u001b[39m\n  Why');
  });
});

describe('wantsColour', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [undefined, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
  ])('isTTY %s, %o: %s', (isTTY, environment, expected) => {
    expect(wantsColour(isTTY === undefined ? {} : { isTTY }, environment)).toBe(expected);
  });
});

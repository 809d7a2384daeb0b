import { describe, expect, it } from 'vitest';
import { filterscopeHere } from './run-here.ts';
import { filterscope } from './run.ts';

describe('filterscope', () => {
  it('prints help and version with status 0', async () => {
    const help = await filterscope(['--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    const commands = [...help.stdout.matchAll(/^ {2}([a-z-]+) /gm)].map((match) => match[1]);
    expect(commands).toEqual([
      'init',
      'new',
      'build',
      'dev',
      'preview',
      'export',
      'publish',
      'worker',
      'check',
      'layers',
      'diff',
      'weights',
      'clean',
      'setup-native',
      'bench',
      'train',
      'simulate',
      'schema',
    ]);
    expect(await filterscope(['--version'])).toMatchObject({ status: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('ends its process with 2 where it cannot be understood', async () => {
    const outcome = await filterscope(['biuld']);
    expect(outcome).toEqual(await filterscopeHere(['biuld']));
    expect(outcome.status).toBe(2);
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['biuld']],
    ['an unknown option', ['build', '--backnd', 'wasm']],
    ['an unknown backend', ['build', '--backend', 'wsam']],
    ['no number of jobs', ['build', '--jobs', '0']],
    ['a missing argument', ['layers']],
    ['too many arguments', ['layers', 'vgg16', 'lenet']],
    ['a wrong input size', ['layers', 'vgg16', '--input', '256']],
    ['an option without its value', ['build', '--out']],
    ['half a command', ['weights']],
    ['an unknown flavour', ['setup-native', 'tpu']],
    ['a port that is none', ['preview', '--port', 'http']],
  ])('exits with 2 on %s', async (_, args) => {
    const { status, stdout, stderr } = await filterscopeHere(args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    // eslint-disable-next-line no-control-regex -- colour is what must not be there
    expect(stderr).not.toMatch(/\u001b/);
    expect(stderr).not.toMatch(/^\s+at /m);
    // Without a command the whole help is shown, which the test above pins.
    if (args.length && args[0] !== 'weights') expect(stderr).toMatchSnapshot();
    else expect(stderr).toMatch(/^Usage: filterscope/);
  });
});

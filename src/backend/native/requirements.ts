import { type Problem, UserError } from '../../errors.ts';
import type { RunCommand } from '../../registry/commands.ts';
import { WHEELS } from './wheels.ts';

/**
 * Throws what is missing for `setup-native` on this machine, all of it at once.
 *
 * @throws UserError
 */
export async function checkRequirements(
  run: RunCommand,
  flavour: 'cpu' | 'gpu',
  machine: { readonly platform: string; readonly arch: string } = process,
): Promise<void> {
  const otherwise = 'Without it every command runs on the wasm backend.';
  if (machine.platform !== 'linux') {
    throw new UserError({
      what: `The native backend can be built on Linux only, not on ${machine.platform}.`,
      why: 'The TensorFlow library is published in this form for Linux only.',
      hint: otherwise,
    });
  }
  if (!WHEELS[flavour][machine.arch]) {
    throw new UserError({
      what: `There is no TensorFlow for ${flavour === 'gpu' ? 'GPUs' : 'Linux'} on ${machine.arch}.`,
      hint: otherwise,
      choices: Object.keys(WHEELS[flavour]),
    });
  }
  const [python, pip, compiler] = await Promise.all([
    run('python3', ['--version']),
    run('python3', ['-m', 'pip', '--version']),
    run('g++', ['--version']),
  ]);
  const missing: Problem[] = [];
  if (python.status !== 0)
    missing.push(missingProgram('python3', 'python3', 'python3', 'to read the TensorFlow package'));
  if (pip.status !== 0)
    missing.push(missingProgram('pip', 'python3-pip', 'python3-pip', 'to download TensorFlow'));
  if (compiler.status !== 0) missing.push(missingProgram('g++', 'g++', 'gcc-c++', 'to compile the addon'));
  if (missing.length) throw new UserError(missing);
}

function missingProgram(program: string, debian: string, fedora: string, purpose: string): Problem {
  return {
    what: `\`${program}\` is missing. The native backend needs it ${purpose}.`,
    hint: `Debian, Ubuntu: sudo apt-get install ${debian}. Fedora: sudo dnf install ${fedora}.`,
  };
}

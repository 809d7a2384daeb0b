import { Argument, type Command } from 'commander';
import { nativeDir } from './gallery-request.ts';
import { defineWork } from './shell.ts';

export function defineSetupNative(program: Command): void {
  const command = program
    .command('setup-native')
    .description('build the native TensorFlow backend into .native/: about twice as fast as WebAssembly')
    .addArgument(new Argument('[flavour]', 'hardware to build it for').choices(['cpu', 'gpu']).default('cpu'))
    .option('--force', 'build it again if it is set up');
  defineWork(
    command,
    async ({ args, own, effects, signal }) => {
      const { setupNative } = await import('../backend/native/setup.ts');
      await setupNative({
        flavour: args[0] as 'cpu' | 'gpu',
        dir: nativeDir,
        log: effects.log,
        signal,
        force: own['force'] === true,
      });
      return 0;
    },
    { machineAtFault: true },
  );
}

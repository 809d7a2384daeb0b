/** What `filterscope setup-native [cpu|gpu]` does. */
import { join } from 'node:path';
import { type SetupOptions, setupNative } from '../src/backend/native/setup.ts';
import { UserError } from '../src/errors.ts';
import { packageRoot } from '../src/package-root.ts';

export interface SetupNativeArguments extends Pick<SetupOptions, 'log' | 'force' | 'signal'> {
  /** As written on the command line; default `cpu`. */
  readonly flavour?: string;
  /** Default: `.native` in the package's own folder, where every command looks for it. */
  readonly dir?: string;
}

/** @throws UserError for another flavour than cpu or gpu, or when something is missing on this machine */
export async function runSetupNative(args: SetupNativeArguments): Promise<void> {
  const { flavour = 'cpu', dir = join(packageRoot, '.native'), ...rest } = args;
  if (flavour !== 'cpu' && flavour !== 'gpu') {
    throw new UserError({ what: `There is no native backend "${flavour}".`, choices: ['cpu', 'gpu'] });
  }
  await setupNative({ ...rest, flavour, dir });
}

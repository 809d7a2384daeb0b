import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunCommand, runCommand } from '../../../src/registry/commands.ts';
import {
  DRIVER_PACKAGES,
  type DriverPackage,
  NATIVE_PACKAGE,
  NATIVE_VERSION,
} from '../../../src/backend/native/driver.ts';
import { readNativeManifest } from '../../../src/backend/native/manifest.ts';
import { checkRequirements } from '../../../src/backend/native/requirements.ts';
import { setupNative, type SetupOptions } from '../../../src/backend/native/setup.ts';
import { type Wheel, WHEELS } from '../../../src/backend/native/wheels.ts';
import { silentLogger } from '../../../src/effects.ts';
import { UserError } from '../../../src/errors.ts';
import { packageRoot } from '../../../src/package-root.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { tarGz } from '../../registry/archives.ts';

const ok = { status: 0, stdout: '', stderr: '' };
const absent = { status: 127, stdout: '', stderr: 'not found' };
const failed = { status: 1, stdout: '', stderr: 'first line\nerror: something went wrong' };

describe('checkRequirements', () => {
  const linux = { platform: 'linux', arch: 'x64' };
  const message = async (
    run: RunCommand,
    flavour: 'cpu' | 'gpu' = 'cpu',
    machine = linux,
  ): Promise<string> => {
    const error = await checkRequirements(run, flavour, machine).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  };

  it('is content where all is there', async () => {
    await checkRequirements(async () => ok, 'cpu', linux);
    await checkRequirements(async () => ok, 'gpu', linux);
    await checkRequirements(async () => ok, 'cpu', { platform: 'linux', arch: 'arm64' });
  });

  it('names all that is missing, and how to get it', async () => {
    expect(await message(async () => absent)).toMatchInlineSnapshot(`
      "\`python3\` is missing. The native backend needs it to read the TensorFlow package.
        Debian, Ubuntu: sudo apt-get install python3. Fedora: sudo dnf install python3.

      \`pip\` is missing. The native backend needs it to download TensorFlow.
        Debian, Ubuntu: sudo apt-get install python3-pip. Fedora: sudo dnf install python3-pip.

      \`g++\` is missing. The native backend needs it to compile the addon.
        Debian, Ubuntu: sudo apt-get install g++. Fedora: sudo dnf install gcc-c++."
    `);
    // Python without pip: `python3 -m pip` fails, python3 itself does not
    const withoutPip: RunCommand = async (_, args) => (args.includes('pip') ? failed : ok);
    expect(await message(withoutPip)).toMatch(/^`pip` is missing\./);
    const withoutCompiler: RunCommand = async (program) => (program === 'g++' ? absent : ok);
    expect(await message(withoutCompiler)).toMatch(/^`g\+\+` is missing\./);
  });

  it('says where there is no such TensorFlow', async () => {
    const run: RunCommand = async () => ok;
    expect(await message(run, 'cpu', { platform: 'darwin', arch: 'arm64' })).toMatchInlineSnapshot(`
      "The native backend can be built on Linux only, not on darwin.
        The TensorFlow library is published in this form for Linux only.
        Without it every command runs on the wasm backend."
    `);
    expect(await message(run, 'gpu', { platform: 'linux', arch: 'arm64' })).toMatchInlineSnapshot(`
      "There is no TensorFlow for GPUs on arm64.
        Without it every command runs on the wasm backend.
        Valid: x64"
    `);
  });
});

it('pins the driver to the version of TensorFlow.js', () => {
  expect(manifest.peerDependencies[NATIVE_PACKAGE]).toBe(NATIVE_VERSION);
  expect(manifest.dependencies['@tensorflow/tfjs']).toBe(NATIVE_VERSION);
  for (const { integrity } of DRIVER_PACKAGES) expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
});

describe('the list of wheels', () => {
  it('has a checksum for each', () => {
    const wheels = Object.values(WHEELS).flatMap((flavour) => Object.values(flavour).flat());
    expect(wheels.length).toBeGreaterThan(10);
    for (const { sha256 } of wheels) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(wheels.map(({ sha256 }) => sha256)).size).toBe(wheels.length);
  });
});

describe.runIf(process.platform === 'linux')('setupNative', () => {
  let folder: string;
  let dir: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'filterscope-setup-'));
    dir = join(folder, 'native');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const WHEEL = 'the content of a wheel';
  const DRIVER = tarGz([
    { name: 'package/package.json', data: JSON.stringify({ functions: true, version: NATIVE_VERSION }) },
    { name: 'package/binding/tfjs_backend.cc', data: 'C++' },
    { name: 'package/scripts/install.js', data: 'process.exit(1)' },
  ]);
  const driver: DriverPackage = {
    ...DRIVER_PACKAGES[0]!,
    integrity: `sha512-${createHash('sha512').update(DRIVER).digest('base64')}`,
  };
  const wheel: Wheel = {
    project: 'tensorflow-cpu',
    version: '2.18.1',
    sha256: createHash('sha256').update(WHEEL).digest('hex'),
    keep: ['tensorflow/'],
  };
  const answer = JSON.stringify({ functions: true, version: '2.18.1', gpu: false, relu: [0, 2] });

  /** A machine on which all goes well but for what `twist` answers; notes what was run. */
  function machine(
    twist: (step: string, args: readonly string[]) => ReturnType<RunCommand> | undefined = () => undefined,
  ) {
    const steps: string[] = [];
    const run: RunCommand = async (program, args) => {
      const step = args.includes('--version')
        ? 'version'
        : args.includes('download')
          ? 'download'
          : args.includes('-o')
            ? 'compile'
            : program === process.execPath
              ? 'test'
              : program === 'npm'
                ? 'fetch'
                : 'unpack';
      if (step !== 'version') steps.push(step);
      const twisted = await twist(step, args);
      if (twisted) return twisted;
      if (step === 'download') {
        const target = args[args.indexOf('--dest') + 1]!;
        await mkdir(target, { recursive: true });
        await writeFile(join(target, 'tensorflow.whl'), WHEEL);
      } else if (step === 'fetch') {
        await writeFile(join(args[args.indexOf('--pack-destination') + 1]!, 'driver.tgz'), DRIVER);
      } else if (step === 'unpack') {
        await mkdir(join(args[3]!, 'tensorflow', 'include'), { recursive: true });
      } else if (step === 'compile') {
        await writeFile(args[args.indexOf('-o') + 1]!, 'addon');
      } else if (step === 'test') {
        return { ...ok, stdout: answer };
      }
      return ok;
    };
    return { run, steps };
  }

  const setup = (run: RunCommand, more: Partial<SetupOptions> = {}) =>
    setupNative({ flavour: 'cpu', dir, log: silentLogger, run, wheels: [wheel], driver: [driver], ...more });

  it('downloads, checks, unpacks, compiles, tries, and says what it made', async () => {
    const { run, steps } = machine();
    const { built, manifest } = await setup(run);
    expect(built).toBe(true);
    expect(steps).toEqual(['download', 'unpack', 'fetch', 'compile', 'test']);
    expect(readNativeManifest(dir)).toEqual(manifest);
    expect(manifest).toMatchObject({
      tensorflow: '2.18.1',
      flavour: 'cpu',
      device: 'cpu',
      wheelSha256: wheel.sha256,
    });
    expect(await readdir(folder)).toEqual(['native']);
    expect((await readdir(dir)).sort()).toEqual([
      'lib',
      'manifest.json',
      'node_modules',
      'tfjs_binding.node',
    ]);
    const packages = join(dir, 'node_modules', '@tensorflow');
    const unpacked = await readdir(join(packages, 'tfjs-node-gpu'), { recursive: true });
    expect(unpacked.sort()).toEqual(['binding', 'binding/tfjs_backend.cc', 'package.json']);
    expect(await realpath(join(packages, 'tfjs'))).toBe(
      await realpath(join(packageRoot, 'node_modules', '@tensorflow', 'tfjs')),
    );
  });

  it('takes the driver that is installed', async () => {
    const { run, steps } = machine();
    await setup(run, { driver: join(folder, 'installed') });
    expect(steps).toEqual(['download', 'unpack', 'compile', 'test']);
  });

  it('refuses a driver with another integrity', async () => {
    await expect(setup(machine().run, { driver: [{ ...driver, integrity: 'sha512-AAAA' }] })).rejects.toThrow(
      /^Checksum mismatch for `driver\.tgz`: expected integrity sha512-AAAA, got sha512-\S+\. /,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('does nothing where it works already, unless forced or another flavour is wanted', async () => {
    await setup(machine().run);
    const again = machine();
    expect((await setup(again.run)).built).toBe(false);
    expect(again.steps).toEqual(['test']);
    expect((await setup(machine().run, { force: true })).built).toBe(true);
    expect((await setup(machine().run, { flavour: 'gpu' })).built).toBe(true);
  });

  it('builds again what does not work any more', async () => {
    await setup(machine().run);
    let tests = 0;
    const { run } = machine((step) =>
      step === 'test' && tests++ === 0 ? Promise.resolve(failed) : undefined,
    );
    expect((await setup(run)).built).toBe(true);
  });

  it('builds again what an older version made: its addon makes no functions of operations', async () => {
    await setup(machine().run);
    let tests = 0;
    const old = JSON.stringify({ functions: false, version: '2.18.1', gpu: false, relu: [0, 2] });
    const warnings: string[] = [];
    const { run } = machine((step) =>
      step === 'test' && tests++ === 0 ? Promise.resolve({ ...ok, stdout: old }) : undefined,
    );
    const log = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
    expect((await setup(run, { log })).built).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('an older version has made it')]);
  });

  it('refuses a file with another checksum, before anything is unpacked', async () => {
    const { run, steps } = machine();
    const other = { ...wheel, sha256: '0'.repeat(64) };
    await expect(setup(run, { wheels: [other] })).rejects.toThrow(
      /^Checksum mismatch for `[^`]+`: expected SHA-256 0{64}, got [0-9a-f]{64}\. /,
    );
    expect(steps).toEqual(['download']);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['download', 'unpack', 'fetch', 'compile', 'test'])(
    'keeps what was there when it fails at: %s',
    async (bad) => {
      await setup(machine().run);
      await writeFile(join(dir, 'mark'), 'the old one');
      const { run } = machine((step) => (step === bad ? Promise.resolve(failed) : undefined));
      await expect(setup(run, { force: true })).rejects.toThrow('something went wrong');
      expect(await readdir(folder)).toEqual(['native']);
      expect(await readFile(join(dir, 'mark'), 'utf8')).toBe('the old one');
    },
  );

  it('stops at an abort and leaves nothing behind', async () => {
    const controller = new AbortController();
    const { run } = machine((step) => {
      if (step === 'unpack') controller.abort();
      return undefined;
    });
    await expect(setup(run, { signal: controller.signal })).rejects.toThrow(/abort/i);
    expect(await readdir(folder)).toEqual([]);
  });

  it('clears away what a killed run left, but nothing of a running one', async () => {
    const dead = `${dir}.part-${2 ** 22 + 1}`;
    const running = `${dir}.part-${process.ppid}`;
    for (const left of [dead, running]) await mkdir(left);
    await setup(machine().run);
    expect((await readdir(folder)).sort()).toEqual(['native', basename(running)].sort());
  });

  it('is told by the addon when it computes nonsense', async () => {
    const wrong = JSON.stringify({ functions: true, version: '2.18.1', gpu: false, relu: [0, 0] });
    const { run } = machine((step) =>
      step === 'test' ? Promise.resolve({ ...ok, stdout: wrong }) : undefined,
    );
    await expect(setup(run)).rejects.toThrow('relu of -1, 2 gave 0,0');
  });
});

describe('runCommand', () => {
  it('gives status and output, and no exception where there is no such program', async () => {
    const program = "process.stdout.write('out'); process.stderr.write('err'); process.exitCode = 3";
    const result = await runCommand(process.execPath, ['-e', program]);
    expect(result).toEqual({ status: 3, stdout: 'out', stderr: 'err' });
    expect((await runCommand('no-such-program-anywhere', [])).status).toBe(127);
  });

  it('ends the program when aborted', async () => {
    const controller = new AbortController();
    const running = runCommand(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], {
      signal: controller.signal,
    });
    controller.abort();
    await expect(running).rejects.toThrow(/abort/i);
  });
});

describe('readNativeManifest', () => {
  it('takes a half-written manifest for none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'filterscope-manifest-'));
    await writeFile(join(folder, 'manifest.json'), '{"format": 1, "tensorfl');
    expect(readNativeManifest(folder)).toBeUndefined();
    await rm(folder, { recursive: true });
  });
});

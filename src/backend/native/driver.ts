/**
 * The package whose C++ becomes the addon and whose JavaScript drives it. Its install script would download a library of its own,
 * which nothing here needs, so it is no dependency: `setup-native` unpacks it into the native backend's folder. One that the user
 * has installed is used as it is.
 */
import { mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { requirePackage } from '../require-package.ts';

export const NATIVE_PACKAGE = '@tensorflow/tfjs-node-gpu';
/** That of all TensorFlow.js; the addon's C++ fits no other. */
export const NATIVE_VERSION = '4.22.0';

/** A package as `setup-native` fetches it. */
export interface DriverPackage {
  readonly name: string;
  readonly version: string;
  /** Of its archive in the registry. */
  readonly integrity: string;
  /** Which of its files are unpacked, by their paths in it. */
  readonly keep: RegExp;
}

/** The driver, and what its JavaScript imports besides TensorFlow.js. */
export const DRIVER_PACKAGES: readonly DriverPackage[] = [
  {
    name: NATIVE_PACKAGE,
    version: NATIVE_VERSION,
    integrity:
      'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
    keep: /^(?:package\.json|binding\/.+|dist\/.+(?<!_test)\.js)$/,
  },
  {
    name: 'google-protobuf',
    version: '3.21.4',
    integrity:
      'sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==',
    keep: /^(?:package\.json|LICENSE.*|google-protobuf\.js)$/,
  },
];

/** Packages that the driver imports, which must be those of this program: there is one TensorFlow.js in a thread. */
const SHARED = ['@tensorflow/tfjs', '@tensorflow/tfjs-core'];

/** Where the driver, or another of its packages, lies in the native backend's folder. */
export const driverIn = (nativeDir: string, name = NATIVE_PACKAGE): string =>
  join(nativeDir, 'node_modules', name);

/** Folder of the package, installed or unpacked; undefined where there is none of the right version. */
export function findDriver(nativeDir: string): string | undefined {
  return installedDriver() ?? ofRightVersion(driverIn(nativeDir));
}

/** Folder of the package beside this program's others, where the user has installed it. */
export function installedDriver(): string | undefined {
  try {
    return ofRightVersion(dirname(requirePackage.resolve(`${NATIVE_PACKAGE}/package.json`)));
  } catch {
    return undefined;
  }
}

function ofRightVersion(folder: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return version === NATIVE_VERSION ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Links this program's TensorFlow.js beside an unpacked driver, where its imports are looked up first. */
export function linkShared(nativeDir: string): void {
  for (const name of SHARED) {
    const link = join(nativeDir, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(sharedFolder(name), link, 'dir');
  }
}

/**
 * Loads one of the driver's files, path from its folder.
 * @throws Error where the driver would bring another TensorFlow.js with it
 */
export function requireDriver(folder: string, path: string): unknown {
  const own = createRequire(join(folder, 'package.json'));
  for (const name of SHARED) {
    const found = realpathSync(dirname(own.resolve(`${name}/package.json`)));
    if (found !== sharedFolder(name)) throw new Error(`${folder} is linked to another ${name}`);
  }
  return own(`./${path}`);
}

const sharedFolder = (name: string): string =>
  realpathSync(dirname(requirePackage.resolve(`${name}/package.json`)));

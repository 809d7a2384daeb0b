import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program by another name, as JavaScript: it sees its arguments as `args`. */
export type Stubs = Readonly<Record<string, string>>;

/** A folder of programs to stand in PATH, alone: nothing else is found. */
export function stubPrograms(folder: string, stubs: Stubs): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, program] of Object.entries(stubs)) {
    const file = join(bin, name);
    writeFileSync(file, `#!${process.execPath}\nconst args = process.argv.slice(2);\n${program}\n`);
    chmodSync(file, 0o755);
  }
  return bin;
}

/** npm and pip that have one archive, whatever they are asked for, and note how they were called in `calls.txt`. */
export function registryStubs(folder: string, archive: string): Stubs {
  const copy = (option: string, name: string): string => `
    const fs = require('node:fs');
    if (args.includes('--version')) process.exit(0);
    fs.appendFileSync(${JSON.stringify(join(folder, 'calls.txt'))}, args.join(' ') + '\\n');
    fs.mkdirSync(args[args.indexOf('${option}') + 1], { recursive: true });
    fs.copyFileSync(${JSON.stringify(archive)}, args[args.indexOf('${option}') + 1] + '/${name}');`;
  return {
    npm: copy('--pack-destination', 'package-1.0.0.tgz'),
    python3: copy('--dest', 'package-1.0.0-py3-none-any.whl'),
  };
}

/** A program that fails, saying this. */
export const failing = (message: string, status = 1): string => `
  if (args.includes('--version')) process.exit(0);
  process.stderr.write(${JSON.stringify(message)});
  process.exitCode = ${status};`;

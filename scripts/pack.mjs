/**
 * Makes lib/, what the published package runs: compiled code, compiled pages, and types of what it exports. npm runs it before
 * `npm pack` and `npm publish`.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { bundle, compile, packedEntries, root } from './compile.mjs';

const lib = join(root, 'lib');

/** Sources of the public types: they refer to nothing but one another. */
const typed = ['src/api/api.ts', 'src/api/types.ts', 'src/config/define-config.ts', 'src/errors.ts'];

process.chdir(root);
process.env.NODE_ENV = 'production';
await rm(lib, { recursive: true, force: true });
await mkdir(lib);
for (const { path, contents } of await bundle(packedEntries, 'lib')) await writeFile(path, contents);
await writeFile(join(lib, 'pages.mjs'), await pages());
for (const source of typed) await declare(source);
process.exit();

async function pages() {
  const { compilePages } = await import(pathToFileURL(join(await compile(), 'page-bundle.js')).href);
  return compilePages(join(root, '.build'));
}

/** `src/api/api.ts` -> `lib/types/api/api.d.ts` */
async function declare(source) {
  const { outputText, diagnostics } = ts.transpileDeclaration(await readFile(join(root, source), 'utf8'), {
    fileName: source,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      isolatedDeclarations: true,
    },
  });
  const [problem] = diagnostics ?? [];
  if (problem) throw new Error(`${source}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`);
  const file = join(lib, 'types', relative('src', source).replace(/\.ts$/, '.d.ts'));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, outputText.replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"));
}

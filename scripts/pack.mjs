/**
 * Makes lib/, what the published package runs: compiled code, compiled pages, and types of what it exports. npm runs it before
 * `npm pack` and `npm publish`.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describeComponents } from './sbom.mjs';
import { bundle, compile, packedEntries, root } from './compile.mjs';

const lib = join(root, 'lib');

/** What `import 'filterscope'` gives. */
const entry = 'src/api/api.ts';

process.chdir(root);
process.env.NODE_ENV = 'production';
await rm(lib, { recursive: true, force: true });
await mkdir(lib);
for (const { path, contents } of await bundle(packedEntries, 'lib')) await writeFile(path, contents);
await writeFile(join(lib, 'pages.mjs'), await pages());
await writeFile(join(lib, 'sbom.cdx.json'), await describeComponents(root));
await declareTypes();
process.exit();

async function pages() {
  const { compilePages } = await import(pathToFileURL(join(await compile(), 'page-bundle.js')).href);
  return compilePages(join(root, '.build'));
}

/** `src/api/api.ts` -> `lib/types/api/api.d.ts`, with all types that it refers to and no others. */
async function declareTypes() {
  const declared = new Map();
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram([join(root, entry)], {
    ...options,
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, stripInternal: true },
    ...{ outDir: join(root, 'lib/types'), rootDir: join(root, 'src'), rewriteRelativeImportExtensions: true },
  });
  const { diagnostics } = program.emit(undefined, (file, text) => declared.set(file, text), undefined, true);
  const [problem] = diagnostics;
  if (problem) throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
  const reached = [join(root, 'lib/types', relative('src', entry).replace(/\.ts$/, '.d.ts'))];
  for (const file of reached) {
    const text = declared.get(file);
    if (text === undefined) throw new Error(`${file} is not declared`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    for (const [, specifier] of text.matchAll(/(?:from |import\()['"](\.[^'"]*)['"]/g)) {
      const target = join(dirname(file), specifier).replace(/\.(?:ts|js)$/, '.d.ts');
      if (!reached.includes(target)) reached.push(target);
    }
  }
}

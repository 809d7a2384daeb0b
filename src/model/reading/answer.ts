import { shortageOf, UserError, WorkError } from '../../errors.ts';
import type { Place, Problem } from '../../errors.ts';
import { needsReplacement } from '../formats/hdf5-library.ts';
import type { ModelFormat, WeightReader } from '../formats/format.ts';
import { formatOf } from '../formats/table.ts';
import type { TakeWeights } from '../network.ts';
import { OpenedModels } from './opened-models.ts';
import type { ReadReply, ReadRequest, ReadResults } from './requests.ts';

/**
 * Answers one request; never rejects. Runs in the thread that reads model files, for whatever a file holds.
 *
 * @param take is given weights as they are read; the answer holds the others
 */
export async function answer(request: ReadRequest, take: TakeWeights): Promise<ReadReply> {
  try {
    const result = await read(request, take);
    return { kind: 'result', result, spent: await needsReplacement() };
  } catch (error) {
    const spent = error instanceof RangeError || (await needsReplacement());
    if (error instanceof UserError) return { kind: 'refused', problems: error.problems, spent };
    const shortage = error instanceof WorkError ? error : shortageOf(error, request.file.path);
    if (shortage) return { kind: 'unable', problem: shortage.problems[0]!, spent };
    const problem = fileProblem(error, placeOf(request));
    if (problem) return { kind: 'refused', problems: [problem], spent };
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', message, ...(stack ? { stack } : {}) };
  }
}

export function placeOf({ file }: ReadRequest): Place {
  return 'options' in file ? file.options.place : file.place;
}

async function read(request: ReadRequest, take: TakeWeights): Promise<ReadResults[keyof ReadResults]> {
  switch (request.do) {
    case 'open model': {
      const { network, tree, weightFiles = [] } = await openedModels.open(request.file);
      return { network, tree, weightFiles };
    }
    case 'check model': {
      const model = await openedModels.open(request.file);
      await model.checkWeights();
      return { paths: [request.file.path, ...(model.weightFiles ?? [])] };
    }
    case 'load model':
      return (await openedModels.take(request.file)).loadWeights(take);
    case 'check weights':
      return { paths: await expectWeights(request.file.path).check(request.file) };
    case 'load weights':
      return expectWeights(request.file.path).load(request.file, take);
  }
}

const openedModels = new OpenedModels(({ path, options }) => expectFormat(path).open(path, options));

function expectFormat(path: string): ModelFormat {
  const format = formatOf(path);
  if (!format) throw new Error(`${path} is of no known format`);
  return format;
}

function expectWeights(path: string): WeightReader {
  const { weights } = expectFormat(path);
  if (!weights) throw new Error(`${path} is of a format that gives no weights alone`);
  return weights;
}

/** What is wrong with a file rather than with this program: it can't be read, or is more than can be taken in. */
function fileProblem(error: unknown, place: Place): Problem | undefined {
  if (error instanceof RangeError) {
    return {
      what: 'The model file cannot be read: it is too large or nested too deeply.',
      place,
      why: `${error.message}.`,
      hint: 'Save or download the file again.',
    };
  }
  if (error instanceof Error && 'syscall' in error) {
    return {
      what: 'The model file cannot be read.',
      place,
      why: `${error.message}.`,
      hint: 'Check its permissions.',
    };
  }
  return undefined;
}

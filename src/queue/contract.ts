import { sha256 } from '../hash.ts';
import { RESULT_VERSION } from '../pipeline/results/stored-job.ts';
import { pluginCode } from '../plugins.ts';
import { STORE_VERSION } from '../store/seal.ts';
import { techniques } from '../techniques/registry.ts';
import { z } from 'zod/v4';

/** Raised when batches or briefs have another form. */
const PROTOCOL = 1;

const text = z.string().max(200);

/** What a build and a worker must have in common, so that a job computed by one has the bytes that the other would give it. */
export const contractSchema = z.strictObject({
  /** Of Filterscope. */
  version: text,
  forms: text,
  /** The backend's: see BackendFacts. */
  family: text,
  /** Of the project's own techniques, formats and layers; absent where there are none. */
  plugins: text.optional(),
  techniques: z.record(text, z.int()),
});
export type Contract = z.infer<typeof contractSchema>;

export function contractOf(version: string, family: string): Contract {
  const { sum } = pluginCode() ?? {};
  return {
    version,
    forms: `${PROTOCOL}.${STORE_VERSION}.${RESULT_VERSION}`,
    family,
    ...(sum === undefined ? {} : { plugins: sum }),
    techniques: Object.fromEntries(techniques.values.map(({ name, version }) => [name, version])),
  };
}

/** Builds and workers of one contract meet in a queue of its own: nobody is given a job that is not for them. */
export function queueName(contract: Contract): string {
  const { techniques, ...rest } = contract;
  const sorted = Object.entries(techniques).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const version = contract.version.replace(/[^\w.-]/g, '-');
  return `${version}-${sha256(JSON.stringify([rest, sorted])).slice(0, 8)}`;
}

/** Why the worker takes no job of the build, in sentences; undefined where it does. */
export function refusal(worker: Contract, build: Contract): string | undefined {
  if (worker.version !== build.version) {
    return `The worker has Filterscope ${worker.version}, the build ${build.version}. Install the same version on both: \`npm install filterscope@${build.version}\`.`;
  }
  if (worker.forms !== build.forms) {
    return `The worker has another state of Filterscope ${worker.version} (forms ${worker.forms}) than the build (${build.forms}). Install the same one on both.`;
  }
  const names = [...new Set([...Object.keys(worker.techniques), ...Object.keys(build.techniques)])];
  const other = names.filter((name) => worker.techniques[name] !== build.techniques[name]);
  if (other.length > 0) {
    const say = ({ techniques }: Contract, name: string): string =>
      techniques[name] === undefined ? 'none' : `version ${techniques[name]}`;
    const list = other.map(
      (name) => `\`${name}\` (worker: ${say(worker, name)}, build: ${say(build, name)})`,
    );
    return `Techniques differ: ${list.join(', ')}. Give both the same Filterscope and the same \`filterscope.config\`.`;
  }
  if (worker.plugins !== build.plugins) {
    return 'The files that `filterscope.config` imports differ. Start the worker in a copy of the project.';
  }
  if (worker.family !== build.family) {
    return `The worker computes on \`${worker.family}\`, the build counts on \`${build.family}\`. Give both the same \`--backend\`, and with native TensorFlow the same \`--jobs\`.`;
  }
  return undefined;
}

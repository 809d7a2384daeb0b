import { parentPort, workerData } from 'node:worker_threads';
import { importPlugins, setPluginCode } from '../../plugins.ts';
import type { PluginCode } from '../../plugins.ts';
import type { ModelFormat } from '../formats/format.ts';
import type { NodeWeights, Weights } from '../network.ts';
import type { OwnLayerType } from '../use-plugins.ts';
import { answer } from './answer.ts';
import { addTo, kilobytesOf } from './backlog.ts';
import type { ReadCall, ReadReply } from './requests.ts';

/** The thread that reads model files: it can be ended whatever a file does to its parser. Started by read-file.ts. */

const port = parentPort;
if (!port) throw new Error('the file reader was started outside a worker thread');

const { plugins } = workerData as { readonly plugins: PluginCode | undefined };
if (plugins) {
  setPluginCode(plugins);
  const { useModelPlugins } = await import('../use-plugins.ts');
  const { layers = [], formats = [] } = await importPlugins(plugins);
  useModelPlugins(layers as readonly OwnLayerType[], formats as readonly ModelFormat[], plugins.sum);
}

port.on('message', ({ request, backlog }: ReadCall) => {
  port.postMessage({ kind: 'begun' } satisfies ReadReply);
  const handOver = (node: string, weights: NodeWeights): void => {
    const kilobytes = kilobytesOf(weights);
    port.postMessage({ kind: 'weights', node, weights } satisfies ReadReply, buffersOf([weights]));
    addTo(backlog, kilobytes);
  };
  void answer(request, handOver).then((reply) => {
    try {
      const isLoaded = reply.kind === 'result' && request.do.startsWith('load');
      port.postMessage(reply, isLoaded ? buffersOf((reply.result as Weights).values()) : []);
    } catch (error) {
      // Too deep to be copied, or of a kind that cannot be.
      port.postMessage({
        kind: 'failed',
        message: error instanceof Error ? error.message : String(error),
      } satisfies ReadReply);
    }
  });
});

/** Weights change hands without being copied. */
function buffersOf(nodes: Iterable<NodeWeights>): ArrayBuffer[] {
  const arrays = [...nodes].flatMap((weights) => [...weights.values()]);
  return [...new Set(arrays.map(({ data }) => data.buffer as ArrayBuffer))];
}

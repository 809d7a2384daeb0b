import { parentPort, workerData } from 'node:worker_threads';
import { importPlugins, setPluginCode } from '../../plugins.ts';
import type { ModelFormat } from '../formats/format.ts';
import type { Weights } from '../network.ts';
import type { OwnLayerType } from '../use-plugins.ts';
import { answer } from './answer.ts';
import { HandOver, transferable } from './hand-over.ts';
import type { ReadCall, ReaderData, ReadReply } from './requests.ts';

/** The thread that reads model files: it can be ended whatever a file does to its parser. Started by read-file.ts. */

const port = parentPort;
if (!port) throw new Error('the file reader was started outside a worker thread');

const { plugins, returned } = workerData as ReaderData;
if (plugins) {
  setPluginCode(plugins);
  const { useModelPlugins } = await import('../use-plugins.ts');
  const { layers = [], formats = [] } = await importPlugins(plugins);
  useModelPlugins(layers as readonly OwnLayerType[], formats as readonly ModelFormat[], plugins.sum);
}

const handOver = new HandOver((reply, buffers) => port.postMessage(reply, buffers), returned);

port.on('message', ({ request, backlog }: ReadCall) => {
  port.postMessage({ kind: 'begun' } satisfies ReadReply);
  void answer(request, (node, weights) => handOver.add(node, weights, backlog)).then((reply) => {
    try {
      if (reply.kind === 'result') handOver.flush(backlog);
      else handOver.drop();
      const isLoaded = reply.kind === 'result' && request.do.startsWith('load');
      port.postMessage(reply, isLoaded ? transferable((reply.result as Weights).values()) : []);
    } catch (error) {
      // Too deep to be copied, or of a kind that cannot be.
      port.postMessage({
        kind: 'failed',
        message: error instanceof Error ? error.message : String(error),
      } satisfies ReadReply);
    }
  });
});

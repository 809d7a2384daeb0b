import { MessageChannel } from 'node:worker_threads';

/** Memory of arrays is not counted in when JavaScript decides to look for what is no longer used. What is sent to nobody is gone at once. */
export function freeMemory(buffer: ArrayBuffer): void {
  nobody.postMessage(undefined, [buffer]);
}

const { port1: nobody, port2 } = new MessageChannel();
port2.close();

import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForInterrupts } from '../../src/cli/interrupt.ts';

class FakeProcess extends EventEmitter {
  readonly written: string[] = [];
  readonly exits: number[] = [];
  readonly stderr = { write: (text: string) => this.written.push(text) };
  exit(status: number): void {
    this.exits.push(status);
  }
}

function listen() {
  const target = new FakeProcess();
  const clock = { now: 0 };
  const interrupts = listenForInterrupts(target as unknown as NodeJS.Process, 'Stopping.', () => clock.now);
  return { target, clock, interrupts };
}

describe('listenForInterrupts', () => {
  it('aborts at the first Ctrl-C and leaves at the second', () => {
    const { target, clock, interrupts } = listen();
    expect(interrupts.signal.aborted).toBe(false);
    target.emit('SIGINT');
    expect(interrupts.signal.aborted).toBe(true);
    expect(target.written).toEqual(['\nStopping.\n']);
    expect(target.exits).toEqual([]);
    clock.now = 2000;
    target.emit('SIGINT');
    expect(target.exits).toEqual([130]);
    expect(target.written).toHaveLength(1);
  });

  it('takes the copy that npm passes on for the same key press', () => {
    const { target, clock } = listen();
    target.emit('SIGINT');
    clock.now = 20;
    target.emit('SIGINT');
    expect(target.exits).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGHUP'])('hears a request to end: %s', (signal) => {
    const { target, interrupts } = listen();
    target.emit(signal);
    expect(interrupts.signal.aborted).toBe(true);
    expect(target.exits).toEqual([]);
  });

  it('leaves the process as it was', () => {
    const { target, interrupts } = listen();
    interrupts.stop();
    expect(['SIGINT', 'SIGTERM', 'SIGHUP'].reduce((sum, name) => sum + target.listenerCount(name), 0)).toBe(
      0,
    );
  });
});

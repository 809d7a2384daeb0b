/**
 * Python's pickles, read as data: containers, numbers and strings, and what the caller makes of the globals that it knows. Nothing in a
 * pickle is run. Opcodes as in Python's Lib/pickletools.py, protocols 0 to 5.
 */
import { PickleReader } from './pickle-reader.ts';
import { UnreadableFile } from './unreadable-file.ts';

/**
 * A value out of a pickle: null, boolean, number, bigint, string, Uint8Array (bytes), array (list or tuple), Map (dict), Set, a global,
 * or what a global made.
 */
export type Pickled = unknown;

/** A name that a pickle imports, and what calling it gives. */
export interface PickleGlobal {
  /** `module.name` as in the pickle. */
  readonly name: string;
  /** @throws UnreadableFile where the arguments are none that it takes */
  call(args: readonly Pickled[]): Pickled;
}

export interface PickleHost {
  /** @throws UnreadableFile where the global is not known */
  global(module: string, name: string): PickleGlobal;
  /** What a persistent id stands for. @throws UnreadableFile where it is none that is known */
  persistent(id: Pickled): Pickled;
}

/** Entries of a memo: a number may be as large as its writer likes. */
const MAX_MEMO = 2 ** 24;

const MARK = Symbol('mark');

/**
 * Reads one pickle.
 * @param at where it begins
 * @returns its value, and where the byte behind it is
 * @throws UnreadableFile where it is damaged, or has what the host does not know
 */
export function unpickle(
  bytes: Uint8Array,
  at: number,
  host: PickleHost,
): { readonly value: Pickled; readonly end: number } {
  const machine = new Machine(new PickleReader(bytes, at), host);
  return { value: machine.run(), end: machine.end };
}

class Machine {
  readonly #stack: Pickled[] = [];
  /** Where each mark on the stack is. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Pickled>();
  readonly #in: PickleReader;
  readonly #host: PickleHost;

  constructor(reader: PickleReader, host: PickleHost) {
    this.#in = reader;
    this.#host = host;
  }

  get end(): number {
    return this.#in.at;
  }

  run(): Pickled {
    for (;;) {
      const code = this.#in.byte();
      if (code === STOP) return this.#pop();
      const step = steps.get(code);
      if (!step)
        throw new UnreadableFile(`It has the unknown opcode 0x${code.toString(16).padStart(2, '0')}.`);
      step(this, this.#in);
    }
  }

  push(value: Pickled): void {
    this.#stack.push(value);
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
    this.#stack.push(MARK);
  }

  #pop(): Pickled {
    if (this.#stack.length === 0 || this.#stack.at(-1) === MARK)
      throw new UnreadableFile('It takes a value that is not there.');
    return this.#stack.pop();
  }

  /** Off the stack, a mark as well. */
  drop(): void {
    if (this.#stack.at(-1) !== MARK) this.#pop();
    else this.popMarked();
  }

  take(count: number): Pickled[] {
    return Array.from({ length: count }, () => this.#pop()).reverse();
  }

  popMarked(): Pickled[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new UnreadableFile('It takes values from a mark that is not there.');
    const values = this.#stack.splice(mark + 1);
    this.#stack.pop();
    return values;
  }

  top(): Pickled {
    const value = this.#stack.at(-1);
    if (this.#stack.length === 0 || value === MARK)
      throw new UnreadableFile('It changes a value that is not there.');
    return value;
  }

  remember(key: number): void {
    if (!(key >= 0 && key < MAX_MEMO)) throw new UnreadableFile(`It numbers a value ${key}.`);
    this.#memo.set(key, this.top());
  }

  memoize(): void {
    this.remember(this.#memo.size);
  }

  recall(key: number): void {
    if (!this.#memo.has(key)) throw new UnreadableFile(`It refers to the value ${key}, which is not there.`);
    this.push(this.#memo.get(key));
  }

  global(module: string, name: string): void {
    this.push(this.#host.global(module, name));
  }

  stackGlobal(): void {
    const [module, name] = this.take(2);
    if (typeof module !== 'string' || typeof name !== 'string')
      throw new UnreadableFile('It imports a name that is no text.');
    this.global(module, name);
  }

  persistent(id: Pickled): void {
    this.push(this.#host.persistent(id));
  }

  call(callee: Pickled, args: Pickled): void {
    if (!isGlobal(callee)) throw new UnreadableFile('It calls what is no function.');
    if (!Array.isArray(args))
      throw new UnreadableFile(`It calls \`${callee.name}\` without a tuple of arguments.`);
    this.push(callee.call(args));
  }

  append(values: readonly Pickled[]): void {
    const list = this.top();
    if (Array.isArray(list)) for (const value of values) list.push(value);
    else if (list instanceof Set) for (const value of values) list.add(value);
    else throw new UnreadableFile('It appends to what is no list.');
  }

  setItems(values: readonly Pickled[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw new UnreadableFile('It sets items of what is no dict.');
    if (values.length % 2 !== 0) throw new UnreadableFile('It sets an item without a value.');
    for (let i = 0; i < values.length; i += 2) dict.set(values[i], values[i + 1]);
  }

  /** Attributes of dicts and tensors are of no use here, such as the `_metadata` of a state dict. */
  build(): void {
    this.#pop();
    const target = this.top();
    if (isGlobal(target)) throw new UnreadableFile(`It sets attributes of \`${target.name}\`.`);
  }
}

const isGlobal = (value: Pickled): value is PickleGlobal =>
  typeof value === 'object' && value !== null && 'call' in value && typeof value.call === 'function';

const dictOf = (values: readonly Pickled[]): Map<Pickled, Pickled> => {
  if (values.length % 2 !== 0) throw new UnreadableFile('It has a dict with a key without a value.');
  return new Map(Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]));
};

type Step = (machine: Machine, bytes: PickleReader) => void;

const STOP = '.'.charCodeAt(0);

const opcodes: readonly (readonly [string | number, Step])[] = [
  // Constants
  ['N', (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  ['I', (m, b) => m.push(intOf(b.line()))],
  ['J', (m, b) => m.push(b.signed(4))],
  ['K', (m, b) => m.push(b.unsigned(1))],
  ['M', (m, b) => m.push(b.unsigned(2))],
  ['L', (m, b) => m.push(longOf(b.line().replace(/L$/, '')))],
  [0x8a, (m, b) => m.push(b.long(b.unsigned(1)))],
  [0x8b, (m, b) => m.push(b.long(b.signed(4)))],
  ['F', (m, b) => m.push(Number(b.line()))],
  ['G', (m, b) => m.push(b.float())],
  ['S', (m, b) => m.push(b.quoted())],
  ['T', (m, b) => m.push(b.latin(b.signed(4)))],
  ['U', (m, b) => m.push(b.latin(b.unsigned(1)))],
  ['V', (m, b) => m.push(b.rawUnicode())],
  ['X', (m, b) => m.push(b.text(b.unsigned(4)))],
  [0x8c, (m, b) => m.push(b.text(b.unsigned(1)))],
  [0x8d, (m, b) => m.push(b.text(b.length()))],
  ['B', (m, b) => m.push(b.bytes(b.unsigned(4)))],
  ['C', (m, b) => m.push(b.bytes(b.unsigned(1)))],
  [0x8e, (m, b) => m.push(b.bytes(b.length()))],
  [0x96, (m, b) => m.push(b.bytes(b.length()))],
  // Containers
  [']', (m) => m.push([])],
  [')', (m) => m.push([])],
  ['}', (m) => m.push(new Map())],
  [0x8f, (m) => m.push(new Set())],
  ['l', (m) => m.push(m.popMarked())],
  ['t', (m) => m.push(m.popMarked())],
  ['d', (m) => m.push(dictOf(m.popMarked()))],
  [0x91, (m) => m.push(new Set(m.popMarked()))],
  [0x85, (m) => m.push(m.take(1))],
  [0x86, (m) => m.push(m.take(2))],
  [0x87, (m) => m.push(m.take(3))],
  ['a', (m) => m.append(m.take(1))],
  ['e', (m) => m.append(m.popMarked())],
  [0x90, (m) => m.append(m.popMarked())],
  ['s', (m) => m.setItems(m.take(2))],
  ['u', (m) => m.setItems(m.popMarked())],
  // The stack
  ['(', (m) => m.mark()],
  ['0', (m) => m.drop()],
  ['1', (m) => void m.popMarked()],
  ['2', (m) => m.push(m.top())],
  ['p', (m, b) => m.remember(Number(b.line()))],
  ['q', (m, b) => m.remember(b.unsigned(1))],
  ['r', (m, b) => m.remember(b.unsigned(4))],
  [0x94, (m) => m.memoize()],
  ['g', (m, b) => m.recall(Number(b.line()))],
  ['h', (m, b) => m.recall(b.unsigned(1))],
  ['j', (m, b) => m.recall(b.unsigned(4))],
  // Globals
  ['c', (m, b) => m.global(b.line(), b.line())],
  [0x93, (m) => m.stackGlobal()],
  ['R', (m) => callTaken(m)],
  [0x81, (m) => callTaken(m)],
  [
    0x92,
    (m) => {
      const [callee, args, named] = m.take(3);
      if (!(named instanceof Map) || named.size > 0)
        throw new UnreadableFile('It calls with named arguments.');
      m.call(callee, args);
    },
  ],
  [
    'o',
    (m) => {
      const [callee, ...args] = m.popMarked();
      m.call(callee, args);
    },
  ],
  [
    'i',
    (m, b) => {
      const [module, name] = [b.line(), b.line()];
      const args = m.popMarked();
      m.global(module, name);
      const [callee] = m.take(1);
      m.call(callee, args);
    },
  ],
  ['b', (m) => m.build()],
  ['P', (m, b) => m.persistent(b.line())],
  ['Q', (m) => m.persistent(m.take(1)[0])],
  // Protocol and frames say nothing that is needed.
  [0x80, (_, b) => void b.unsigned(1)],
  [0x95, (_, b) => void b.length()],
];

const steps: ReadonlyMap<number, Step> = new Map(
  opcodes.map(([code, step]) => [typeof code === 'string' ? code.charCodeAt(0) : code, step]),
);

function callTaken(machine: Machine): void {
  const [callee, args] = machine.take(2);
  machine.call(callee, args);
}

function intOf(line: string): boolean | number | bigint {
  if (line === '00' || line === '01') return line === '01';
  return longOf(line);
}

/** Digits of a number: more than any that is needed, and few enough to be read in no time. */
const MAX_DIGITS = 400;

function longOf(digits: string): number | bigint {
  if (!/^-?\d+$/.test(digits.trim()) || digits.length > MAX_DIGITS)
    throw new UnreadableFile('It has a whole number that cannot be read.');
  const value = BigInt(digits.trim());
  return BigInt.asIntN(53, value) === value ? Number(value) : value;
}

import type { Constant } from './constant.ts';
import { sizeOf } from './constant.ts';
import type { OnnxNode } from './nodes.ts';

/**
 * Functions that exporters write as several nodes, put together again: as one layer they are known for what they are (a rectifier to the
 * backward rules, one line in the list of layers).
 */

/** What is known of the graph around a node. */
class Surroundings {
  readonly #makers: ReadonlyMap<string, OnnxNode>;
  readonly #users: ReadonlyMap<string, readonly OnnxNode[]>;
  readonly #outputs: ReadonlySet<string>;
  readonly #constants: ReadonlyMap<string, Constant>;

  constructor(
    nodes: readonly OnnxNode[],
    outputs: readonly string[],
    constants: ReadonlyMap<string, Constant>,
  ) {
    this.#makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const users = new Map<string, OnnxNode[]>();
    for (const node of nodes) {
      for (const name of new Set([...node.inputs, ...node.captures])) {
        const found = users.get(name);
        if (found) found.push(node);
        else users.set(name, [node]);
      }
    }
    this.#users = users;
    this.#outputs = new Set(outputs);
    this.#constants = constants;
  }

  maker(name: string | undefined, op: string): OnnxNode | undefined {
    const node = name === undefined ? undefined : this.#makers.get(name);
    return node?.op === op ? node : undefined;
  }

  /** Whether nothing but these nodes takes the node's output. */
  isUsedOnlyBy(node: OnnxNode, ...others: readonly OnnxNode[]): boolean {
    const [output] = node.outputs;
    return (
      !this.#outputs.has(output!) && (this.#users.get(output!) ?? []).every((one) => others.includes(one))
    );
  }

  constant(name: string | undefined): Constant | undefined {
    if (name === undefined) return undefined;
    return this.#constants.get(name);
  }

  /** Whether a value is a single number, to the precision of half floats. */
  isNumber(name: string | undefined, expected: number): boolean {
    const found = this.constant(name);
    if (!found || sizeOf(found.shape) !== 1) return false;
    return Math.abs(found.values()[0]! - expected) <= 1e-3 * Math.max(Math.abs(expected), 1e-3);
  }

  /** The other operand of a node of two, one of which is this value. */
  other({ inputs: [a, b] }: OnnxNode, value: string): string | undefined {
    return a === value ? b : b === value ? a : undefined;
  }

  /** The operand beside a number. */
  besides({ inputs: [a, b] }: OnnxNode, expected: number): string | undefined {
    if (this.isNumber(b, expected)) return a;
    return this.isNumber(a, expected) ? b : undefined;
  }
}

/** Nodes that become one: the last of them is replaced, the others are left out. */
interface Fusion {
  readonly gone: readonly OnnxNode[];
  readonly node: OnnxNode;
}

type Pattern = (last: OnnxNode, around: Surroundings) => Fusion | undefined;

const replaced = (
  last: OnnxNode,
  op: string,
  inputs: readonly string[],
  from: OnnxNode = last,
): OnnxNode => ({
  ...last,
  op,
  inputs,
  attributes: from.attributes,
});

/** x · gate(x) */
function gated(gate: string, op: string, fits: (gate: OnnxNode) => boolean = () => true): Pattern {
  return (last, around) => {
    if (last.op !== 'Mul') return undefined;
    for (const name of last.inputs) {
      const found = around.maker(name, gate);
      const x = found?.inputs[0];
      if (!found || x === undefined || around.other(last, name) !== x) continue;
      if (fits(found) && around.isUsedOnlyBy(found, last))
        return { gone: [found], node: withoutAttributes(last, op, [x]) };
    }
    return undefined;
  };
}

/** Multiplications have no attributes, so that those of the last node are none. */
const withoutAttributes = (last: OnnxNode, op: string, inputs: readonly string[]): OnnxNode =>
  replaced(last, op, inputs);

const isSixth = ({ attributes }: OnnxNode): boolean =>
  Math.abs(attributes.float('alpha', 0.2) - 1 / 6) < 1e-4 &&
  Math.abs(attributes.float('beta', 0.5) - 0.5) < 1e-4;

/** x · tanh(softplus(x)) */
const mish: Pattern = (last, around) => {
  if (last.op !== 'Mul') return undefined;
  for (const name of last.inputs) {
    const tanh = around.maker(name, 'Tanh');
    const softplus = around.maker(tanh?.inputs[0], 'Softplus');
    const x = softplus?.inputs[0];
    if (!tanh || !softplus || x === undefined || around.other(last, name) !== x) continue;
    if (around.isUsedOnlyBy(tanh, last) && around.isUsedOnlyBy(softplus, tanh))
      return { gone: [tanh, softplus], node: withoutAttributes(last, 'Mish', [x]) };
  }
  return undefined;
};

/** min(max(x + 3, 0), 6), as Clip or Relu6 writes it, with the value x. */
function clippedSum(around: Surroundings, name: string | undefined) {
  const clip = around.maker(name, 'Clip');
  if (!clip) return undefined;
  const bound = (input: number, attribute: string, expected: number): boolean =>
    clip.inputs[input]
      ? around.isNumber(clip.inputs[input], expected)
      : clip.attributes.float(attribute, NaN) === expected;
  if (!bound(1, 'min', 0) || !bound(2, 'max', 6)) return undefined;
  const add = around.maker(clip.inputs[0], 'Add');
  const x = add && around.besides(add, 3);
  return add && x !== undefined && around.isUsedOnlyBy(add, clip) ? { clip, add, x } : undefined;
}

/** x · min(max(x + 3, 0), 6) / 6, divided at the end or in between. */
const hardSwish: Pattern = (last, around) => {
  const sixth = (node: OnnxNode): string | undefined => {
    if (node.op === 'Div' && around.isNumber(node.inputs[1], 6)) return node.inputs[0];
    return node.op === 'Mul' ? around.besides(node, 1 / 6) : undefined;
  };
  const whole = sixth(last);
  const product = around.maker(whole, 'Mul');
  if (product) {
    for (const name of product.inputs) {
      const found = clippedSum(around, name);
      if (!found || around.other(product, name) !== found.x) continue;
      if (around.isUsedOnlyBy(product, last) && around.isUsedOnlyBy(found.clip, product))
        return {
          gone: [product, found.clip, found.add],
          node: withoutAttributes(last, 'HardSwish', [found.x]),
        };
    }
  }
  if (last.op !== 'Mul') return undefined;
  for (const name of last.inputs) {
    const share = around.maker(name, 'Div') ?? around.maker(name, 'Mul');
    const found = share && clippedSum(around, sixth(share));
    if (!found || around.other(last, name) !== found.x) continue;
    if (around.isUsedOnlyBy(share, last) && around.isUsedOnlyBy(found.clip, share))
      return { gone: [share, found.clip, found.add], node: withoutAttributes(last, 'HardSwish', [found.x]) };
  }
  return undefined;
};

/** x/2 · (1 + erf(x/√2)), multiplied in any order. */
const gelu: Pattern = (last, around) => {
  if (last.op !== 'Mul') return undefined;
  /** (1 + erf(x/√2)): its nodes and x. */
  const bell = (name: string | undefined) => {
    const add = around.maker(name, 'Add');
    const erf = around.maker(add && around.besides(add, 1), 'Erf');
    const inner = around.maker(erf?.inputs[0], 'Div') ?? around.maker(erf?.inputs[0], 'Mul');
    if (!add || !erf || !inner) return undefined;
    const x =
      inner.op === 'Div'
        ? around.isNumber(inner.inputs[1], Math.SQRT2)
          ? inner.inputs[0]
          : undefined
        : around.besides(inner, Math.SQRT1_2);
    const closed = around.isUsedOnlyBy(erf, add) && around.isUsedOnlyBy(inner, erf);
    return x !== undefined && closed ? { add, x, gone: [add, erf, inner] } : undefined;
  };
  const half = (name: string | undefined, x: string): OnnxNode | undefined => {
    const node = around.maker(name, 'Mul') ?? around.maker(name, 'Div');
    if (!node) return undefined;
    const from =
      node.op === 'Div'
        ? around.isNumber(node.inputs[1], 2)
          ? node.inputs[0]
          : undefined
        : around.besides(node, 0.5);
    return from === x ? node : undefined;
  };
  const fused = (x: string, gone: readonly OnnxNode[]): Fusion => ({
    gone,
    node: withoutAttributes(last, 'Gelu', [x]),
  });
  for (const name of last.inputs) {
    const other = around.other(last, name);
    const found = bell(name);
    // (x/2) · bell
    const halved = found && half(other, found.x);
    if (found && halved && around.isUsedOnlyBy(found.add, last) && around.isUsedOnlyBy(halved, last))
      return fused(found.x, [...found.gone, halved]);
    // x · (bell/2)
    const share = around.maker(name, 'Mul');
    const inner = share && bell(around.besides(share, 0.5));
    if (
      share &&
      inner &&
      inner.x === other &&
      around.isUsedOnlyBy(inner.add, share) &&
      around.isUsedOnlyBy(share, last)
    )
      return fused(inner.x, [...inner.gone, share]);
  }
  // (x · bell) / 2
  const product = around.maker(around.besides(last, 0.5), 'Mul');
  for (const name of product?.inputs ?? []) {
    const found = bell(name);
    if (!product || !found || around.other(product, name) !== found.x) continue;
    if (around.isUsedOnlyBy(found.add, product) && around.isUsedOnlyBy(product, last))
      return fused(found.x, [...found.gone, product]);
  }
  return undefined;
};

/** A matrix product and what is added to it for each unit: a dense layer. */
const biased: Pattern = (last, around) => {
  if (last.op !== 'Add') return undefined;
  for (const name of last.inputs) {
    const product = around.maker(name, 'MatMul');
    const bias = around.constant(around.other(last, name));
    const matrix = around.constant(product?.inputs[1]);
    if (!product || !bias || matrix?.shape.length !== 2 || !around.isUsedOnlyBy(product, last)) continue;
    const units = matrix.shape[1]!;
    if (sizeOf(bias.shape) !== units || bias.shape.at(-1) !== units) continue;
    const inputs = [product.inputs[0]!, product.inputs[1]!, around.other(last, name)!];
    return { gone: [product], node: { ...last, op: 'MatMul', inputs, attributes: product.attributes } };
  }
  return undefined;
};

/**
 * PyTorch's group normalization before version 18 of the operators: channels are put together to groups, each is normalized like a
 * channel, and they are parted again.
 */
const groupNorm: Pattern = (last, around) => {
  if (last.op !== 'Reshape') return undefined;
  const norm = around.maker(last.inputs[0], 'InstanceNormalization');
  const grouping = around.maker(norm?.inputs[0], 'Reshape');
  const target = around.constant(grouping?.inputs[1]);
  const scale = around.constant(norm?.inputs[1]);
  const offset = around.constant(norm?.inputs[2]);
  if (!norm || !grouping || !target || !scale || !offset || target.shape.join() !== '3') return undefined;
  const plain = scale.values().every((n) => n === 1) && offset.values().every((n) => n === 0);
  const groups = scale.shape[0]!;
  const fits = plain && target.values()[1] === groups && target.values()[2] === -1;
  if (!fits || !around.isUsedOnlyBy(norm, last) || !around.isUsedOnlyBy(grouping, norm)) return undefined;
  const node = {
    ...last,
    op: 'GroupedStatistics',
    inputs: [grouping.inputs[0]!, norm.inputs[1]!],
    attributes: norm.attributes,
  };
  return { gone: [norm, grouping], node };
};

const patterns: readonly Pattern[] = [
  gated('Sigmoid', 'Swish'),
  gated('HardSigmoid', 'HardSwish', isSixth),
  ...[mish, hardSwish, gelu, biased, groupNorm],
];

/**
 * @param nodes in order
 * @param outputs names of the graph's outputs, which must stay
 * @param constants by name: initializers and Constant nodes
 */
export function fuseNodes(
  nodes: readonly OnnxNode[],
  outputs: readonly string[],
  constants: ReadonlyMap<string, Constant>,
): readonly OnnxNode[] {
  const around = new Surroundings(nodes, outputs, constants);
  const gone = new Set<OnnxNode>();
  const fused = new Map<OnnxNode, OnnxNode>();
  for (const node of nodes) {
    if (gone.has(node)) continue;
    for (const pattern of patterns) {
      const found = pattern(node, around);
      if (!found || found.gone.some((one) => gone.has(one) || fused.has(one))) continue;
      found.gone.forEach((one) => gone.add(one));
      fused.set(node, found.node);
      break;
    }
  }
  return nodes.filter((node) => !gone.has(node)).map((node) => fused.get(node) ?? node);
}

import type { Call } from './graph-builder.ts';
import type { Value } from './graph-values.ts';

/** What a node makes of its inputs. @throws UserError naming the node */
export type Operation = (call: Call) => Value;

/** Operations on single values, and of a value with a constant for its channel: they may come between the two ends of `rows`. */
const PLACEWISE: ReadonlySet<string> = new Set([
  ...[
    'BiasAdd',
    'Add',
    'AddV2',
    'Sub',
    'Mul',
    'Maximum',
    'Minimum',
    'Relu',
    'Relu6',
    'Elu',
    'Selu',
    'Sigmoid',
    'Tanh',
  ],
  ...[
    'LeakyRelu',
    'Softplus',
    'Softsign',
    'Softmax',
    'Square',
    'Sqrt',
    'Rsqrt',
    'Exp',
    'Log',
    'Neg',
    'Abs',
    'Erf',
    'Pow',
  ],
  ...['RealDiv', 'ClipByValue'],
]);

/** The same, also of maps laid into rows. */
export function applyOperation(operation: Operation, call: Call): Value {
  const { node, inputs } = call;
  if (!PLACEWISE.has(node.op) || !inputs.some(({ kind }) => kind === 'rows')) return operation(call);
  const maps = inputs.map((value): Value =>
    value.kind === 'rows' ? { kind: 'layer', name: value.of } : value,
  );
  const made = operation({ ...call, inputs: maps });
  return made.kind === 'layer' ? { kind: 'rows', of: made.name } : made;
}

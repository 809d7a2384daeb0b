/** Recorded operations as TensorFlow's GraphDef (tensorflow/core/framework/graph.proto), by the messages that the driver brings. */
import type { Addon, Attribute } from './backend.ts';
import type { Place, RecordedNode } from './recording.ts';

interface Message {
  serializeBinary(): Uint8Array;
}

interface AttributeMessage extends Message {
  setS(value: Uint8Array): void;
  setI(value: number): void;
  setF(value: number): void;
  setB(value: boolean): void;
  setType(value: number): void;
  setTensor(value: Message): void;
  setList(value: Message): void;
}

interface NodeMessage extends Message {
  setName(name: string): void;
  setOp(operation: string): void;
  setInputList(inputs: readonly string[]): void;
  getAttrMap(): { set(name: string, value: AttributeMessage): void };
}

/** Of the driver's file of messages, what is used here. */
export interface GraphMessages {
  readonly GraphDef: new () => Message & { addNode(node: NodeMessage): void };
  readonly NodeDef: new () => NodeMessage;
  readonly AttrValue: (new () => AttributeMessage) & {
    readonly ListValue: new () => Message & { setIList(values: readonly number[]): void };
  };
  readonly Tensor: new () => Message & {
    setDtype(type: number): void;
    setTensorShape(shape: Message): void;
    setTensorContent(bytes: Uint8Array): void;
  };
  readonly TensorShape: (new () => Message & { addDim(dimension: Message): void }) & {
    readonly Dim: new () => Message & { setSize(size: number): void };
  };
}

/** @throws Error naming an attribute of a kind that no operation of the layers has */
export function graphBytes(
  messages: GraphMessages,
  addon: Addon,
  nodes: readonly RecordedNode[],
): Uint8Array {
  const graph = new messages.GraphDef();
  for (const node of nodes) graph.addNode(nodeMessage(messages, addon, node));
  return graph.serializeBinary();
}

const inputName = ({ node, output }: Place): string => (output === 0 ? node : `${node}:${output}`);

function nodeMessage(messages: GraphMessages, addon: Addon, node: RecordedNode): NodeMessage {
  const message = new messages.NodeDef();
  const attributes = message.getAttrMap();
  message.setName(node.name);
  if (node.kind === 'operation') {
    message.setOp(node.operation);
    message.setInputList(node.inputs.map(inputName));
    for (const attribute of node.attributes)
      attributes.set(attribute.name, attributeMessage(messages, addon, attribute));
    return message;
  }
  const type = new messages.AttrValue();
  type.setType(node.kind === 'constant' ? addon.TF_INT32 : node.type);
  attributes.set('dtype', type);
  message.setOp(node.kind === 'constant' ? 'Const' : 'Placeholder');
  if (node.kind === 'constant') attributes.set('value', tensorMessage(messages, addon, node));
  return message;
}

function tensorMessage(
  messages: GraphMessages,
  addon: Addon,
  { shape, values }: { readonly shape: readonly number[]; readonly values: Int32Array },
): AttributeMessage {
  const dimensions = new messages.TensorShape();
  for (const size of shape) {
    const dimension = new messages.TensorShape.Dim();
    dimension.setSize(size);
    dimensions.addDim(dimension);
  }
  const tensor = new messages.Tensor();
  tensor.setDtype(addon.TF_INT32);
  tensor.setTensorShape(dimensions);
  tensor.setTensorContent(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const attribute = new messages.AttrValue();
  attribute.setTensor(tensor);
  return attribute;
}

function attributeMessage(
  messages: GraphMessages,
  addon: Addon,
  { name, type, value }: Attribute,
): AttributeMessage {
  const message = new messages.AttrValue();
  if (Array.isArray(value)) {
    if (type !== addon.TF_ATTR_INT)
      throw new Error(`the attribute ${name} is a list of another kind than whole numbers`);
    const list = new messages.AttrValue.ListValue();
    list.setIList(value as number[]);
    message.setList(list);
  } else if (type === addon.TF_ATTR_INT) message.setI(value as number);
  else if (type === addon.TF_ATTR_FLOAT) message.setF(value as number);
  else if (type === addon.TF_ATTR_BOOL) message.setB(value as boolean);
  else if (type === addon.TF_ATTR_TYPE) message.setType(value as number);
  else if (type === addon.TF_ATTR_STRING) message.setS(Buffer.from(value as string));
  else throw new Error(`the attribute ${name} is of an unknown kind`);
  return message;
}

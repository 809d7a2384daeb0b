type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * An option's value without the wrappings that Keras' versions write around numbers and lists: NumPy arrays
 * (`{"type": "ndarray", "value": …}` before Keras 2.2.3, `{"class_name": "__numpy__", …}` in Keras 3), tensors, tuples and
 * shapes. Anything else is handed back as it is.
 */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isRecord(value)) return value;
  if (value['type'] === 'ndarray' && 'value' in value) return plainValue(value['value']);
  switch (value['class_name']) {
    case '__numpy__':
    case '__tensor__':
      return isRecord(value['config']) ? plainValue(value['config']['value']) : value;
    case '__tuple__':
    case 'TensorShape':
      return Array.isArray(value['items']) ? plainValue(value['items']) : value;
    default:
      return value;
  }
}

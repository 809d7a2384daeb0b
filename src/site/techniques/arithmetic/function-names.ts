const NAMES: Readonly<Record<string, string>> = {
  relu: 'ReLU',
  relu6: 'ReLU6',
  leaky_relu: 'leaky ReLU',
  elu: 'ELU',
  celu: 'CELU',
  selu: 'SELU',
  gelu: 'GELU',
};

/** As people write an activation function. */
export const functionName = (name: string): string => NAMES[name] ?? name.replaceAll('_', ' ');

const FORMULAS: Readonly<Record<string, string>> = {
  relu: 'max(x, 0)',
  relu6: 'min(max(x, 0), 6)',
  sigmoid: '1 / (1 + e⁻ˣ)',
  tanh: '(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)',
  softplus: 'ln(1 + eˣ)',
  swish: 'x / (1 + e⁻ˣ)',
};

/** Empty where it has parameters, or needs a line of its own. */
export const functionFormula = (name: string, parameters: Readonly<Record<string, number>> = {}): string =>
  Object.values(parameters).every((value) => value === 0) ? (FORMULAS[name] ?? '') : '';

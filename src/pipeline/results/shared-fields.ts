type Fields = Readonly<Record<string, unknown>>;

/** Objects of a list, and what all of them have in common apart: a job's panels are alike but for their numbers. */
export interface SharedFields {
  readonly shared: Fields;
  readonly each: readonly Fields[];
}

/** Texts and numbers that all have are taken out of each. */
export function shareFields(items: readonly object[]): SharedFields {
  const [first, ...others] = items as readonly Fields[];
  if (!first) return { shared: {}, each: [] };
  const isSame = ([name, value]: [string, unknown]): boolean =>
    (typeof value === 'string' || typeof value === 'number') && others.every((item) => item[name] === value);
  const shared = Object.fromEntries(Object.entries(first).filter(isSame));
  const rest = (item: Fields): Fields => {
    const own: Record<string, unknown> = {};
    for (const name of Object.keys(item)) if (!Object.hasOwn(shared, name)) own[name] = item[name];
    return own;
  };
  return { shared, each: [first, ...others].map(rest) };
}

/** The objects as they were, but for the order of their fields. @param fields whose objects become these: copies of hundreds of thousands take seconds */
export function spreadFields({ shared, each }: SharedFields): Fields[] {
  for (const item of each) Object.assign(item, shared);
  return [...each];
}

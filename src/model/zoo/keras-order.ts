import type { NetworkNode } from '../network.ts';

/**
 * Layers in the order that Keras gives to a functional model's: those farthest from the output first, and of equally far ones
 * those that it comes to first on the way back from the output. Weight files and indices count in it.
 */
export function kerasOrder(nodes: readonly NetworkNode[]): readonly NetworkNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const found = new Map<string, number>();
  const visit = (node: NetworkNode): void => {
    if (found.has(node.name)) return;
    found.set(node.name, found.size);
    for (const input of node.inputs) visit(byName.get(input)!);
  };
  visit(nodes.at(-1)!);
  const depths = new Map<string, number>();
  for (const node of nodes.toReversed()) {
    const depth = depths.get(node.name) ?? 0;
    depths.set(node.name, depth);
    for (const input of node.inputs) depths.set(input, Math.max(depths.get(input) ?? 0, depth + 1));
  }
  return [...nodes].sort(
    (a, b) => depths.get(b.name)! - depths.get(a.name)! || found.get(a.name)! - found.get(b.name)!,
  );
}

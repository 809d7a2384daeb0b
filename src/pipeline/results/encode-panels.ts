import { downscale } from '../../image/downscale.ts';
import { channelRanges } from '../../techniques/channel-ranges.ts';
import type { ComputedPanel } from '../../techniques/technique.ts';
import { quantizeChannels } from './quantize.ts';
import type { StoredPanel } from './stored-job.ts';

/** A panel's values as they are stored. */
interface Placed {
  readonly height: number;
  readonly width: number;
  readonly scale: readonly [number, number];
  readonly offset: number;
}

/**
 * Panels as they are stored: made smaller, in steps between their least and greatest value.
 * @param maxSide longest side of a stored map
 * @param memory gives so many bytes, or more, for the payload
 */
export function encodePanels(
  panels: readonly ComputedPanel[],
  maxSide: number,
  memory: (bytes: number) => ArrayBuffer = (bytes) => new ArrayBuffer(bytes),
): { panels: StoredPanel[]; payload: Uint16Array } {
  const groups = groupsOf(panels).map((group) => ({ group, small: smallOf(group[0]!, maxSide) }));
  const elements = groups.reduce(
    (sum, { group, small }) => sum + group.length * elementsOf(small, group[0]!),
    0,
  );
  const payload = new Uint16Array(memory(2 * elements), 0, elements);
  const stored: StoredPanel[] = [];
  let offset = 0;
  for (const { group, small } of groups) {
    const placed = encodeGroup(group, small, payload, offset);
    offset += group.length * elementsOf(small, group[0]!);
    for (const [index, panel] of group.entries()) stored.push(describe(panel, placed[index]!));
  }
  return { panels: stored, payload };
}

/** What `downscale` takes and gives. */
type Maps = Pick<ComputedPanel, 'height' | 'width' | 'data'> & { readonly channels: number };

/** Neighbours that are channels of the same numbers: they are made smaller together. */
function groupsOf(panels: readonly ComputedPanel[]): ComputedPanel[][] {
  const groups: ComputedPanel[][] = [];
  for (const panel of panels) {
    const last = groups.at(-1);
    if (last && isNextOf(last.at(-1)!, panel)) last.push(panel);
    else groups.push([panel]);
  }
  return groups;
}

const isNextOf = (before: ComputedPanel, { data, channelOf }: ComputedPanel): boolean =>
  channelOf !== undefined &&
  before.channelOf !== undefined &&
  before.data === data &&
  before.channelOf.channel < channelOf.channel;

function smallOf(panel: ComputedPanel, maxSide: number): Maps {
  const { height, width, data, channelOf } = panel;
  return downscale({ height, width, data, channels: channelOf?.channels ?? panel.channels }, maxSide);
}

/** Of one panel. */
const elementsOf = ({ height, width }: Maps, { channels }: ComputedPanel): number =>
  height * width * channels;

function encodeGroup(
  group: readonly ComputedPanel[],
  { height, width, channels, data }: Maps,
  payload: Uint16Array,
  start: number,
): Placed[] {
  const own = group[0]!.channelOf;
  const each = height * width * group[0]!.channels;
  // A panel by itself is one row of numbers, whatever they stand for.
  const shape = own ? ([height, width, channels] as const) : ([1, data.length, 1] as const);
  const isWhole = own !== undefined && data === group[0]!.data;
  const ranges = isWhole ? undefined : channelRanges(data, shape);
  const scales = Array.from({ length: shape[2] }, (): [number, number] => [0, 0]);
  const offsets = Array.from({ length: shape[2] }, (): number | undefined => undefined);
  const placed = group.map(({ channelOf, range }, index): Placed => {
    const channel = channelOf?.channel ?? 0;
    const [low, high] = ranges ? [ranges.low[channel]!, ranges.high[channel]!] : range;
    const offset = start + index * each;
    scales[channel] = Number.isFinite(low) && Number.isFinite(high) ? [low, high] : [0, 0];
    offsets[channel] = offset;
    return { height, width, scale: scales[channel], offset };
  });
  quantizeChannels({ data, places: shape[0] * shape[1], channels: shape[2] }, scales, payload, offsets);
  return placed;
}

function describe(panel: ComputedPanel, { height, width, scale, offset }: Placed): StoredPanel {
  const { kind, filter, image, channels, range, compression, facts } = panel;
  const [low, high] = range;
  // One by one: hundreds of thousands are made, and objects of spread parts take ten times as long.
  const stored: { -readonly [Field in keyof StoredPanel]?: StoredPanel[Field] } = { kind };
  if (filter !== undefined) stored.filter = filter;
  if (image !== undefined) stored.image = image;
  stored.height = height;
  stored.width = width;
  stored.channels = channels;
  stored.fullHeight = panel.height;
  stored.fullWidth = panel.width;
  stored.range = [Number.isFinite(low) ? low : null, Number.isFinite(high) ? high : null];
  stored.scale = scale;
  stored.flags = panel.flags ?? [];
  if (compression) stored.compression = compression;
  if (facts) stored.facts = facts;
  stored.offset = offset;
  return stored as StoredPanel;
}

/**
 * JSON Schemas (draft 7, which editors know best) made from the zod schemas: editors complete and check experiment files
 * by them. They are a little more lenient than the parser, which also knows rules between keys.
 */
import { z } from 'zod/v4';
import type { TechniqueSchema } from './experiment.ts';
import { experimentSchema, viewSchema } from './experiment-schema.ts';
import { layerForms, type LayerForm } from './layer-forms.ts';
import { reportSchema } from './report.ts';
import { SINGULAR } from './views.ts';

/** A JSON Schema, as plain JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

interface ObjectSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly [key: string]: unknown;
}

/** By their file names in docs/. */
export function jsonSchemas(techniques: readonly Described[]): Readonly<Record<string, JsonSchema>> {
  return {
    'experiment.schema.json': experimentJsonSchema(techniques),
    'report.schema.json': reportJsonSchema(techniques),
  };
}

type Described = TechniqueSchema & {
  readonly description?: string;
  /** What its panels tell in a report, if anything, and what its views tell as a whole. */
  readonly facts?: { readonly schema: z.ZodObject; readonly view?: { readonly schema: z.ZodObject } };
};

/** Of experiment files as they are written. */
export function experimentJsonSchema(techniques: readonly Described[]): JsonSchema {
  const { $schema, ...experiment } = toJson(experimentSchema);
  const { model, views, ...others } = experiment.properties;
  return {
    $schema,
    title: 'Filterscope experiment',
    ...experiment,
    properties: {
      ...others,
      model: modelJson(model as ObjectSchema),
      views: { ...views, items: { anyOf: techniques.map(viewJson) } },
    },
  };
}

/** Of report.json as it is published: the technique of a view says what its facts and those of its panels are. */
export function reportJsonSchema(techniques: readonly Described[]): JsonSchema {
  const { $schema, ...report } = toJson(reportSchema, 'output');
  const views = report.properties['views'] as { readonly items: JsonSchema };
  const allOf = techniques.flatMap(({ name, facts }): JsonSchema[] => {
    if (!facts) return [];
    const isOne = { properties: { technique: { const: name } } };
    return [{ if: isOne, then: withFacts(facts) }];
  });
  return {
    $schema,
    title: 'Filterscope report',
    ...report,
    properties: {
      ...report.properties,
      views: { ...views, items: { ...views.items, ...(allOf.length > 0 ? { allOf } : {}) } },
    },
  };
}

/** A view that has such facts, or whose panels have. */
function withFacts({ schema, view }: NonNullable<Described['facts']>): JsonSchema {
  const panels = { items: { properties: { facts: outputOf(schema) } } };
  return { properties: { ...(view && { facts: outputOf(view.schema) }), panels } };
}

function outputOf(schema: z.ZodObject): JsonSchema {
  const { $schema: _, ...facts } = toJson(schema, 'output');
  return facts;
}

function toJson(schema: z.ZodObject, io: 'input' | 'output' = 'input'): ObjectSchema {
  return z.toJSONSchema(schema, { io, target: 'draft-7' }) as unknown as ObjectSchema;
}

function modelJson(model: ObjectSchema): JsonSchema {
  return {
    ...model,
    properties: { ...model.properties, layers: { ...model.properties['layers'], items: layerJson() } },
    oneOf: ['zoo', 'file', 'layers'].map((key) => ({ required: [key] })),
  };
}

/** One technique's views: the `technique` key says which of these an entry is. */
function viewJson(technique: Described): JsonSchema {
  const base = toJson(viewSchema);
  const settings = toJson(technique.settings);
  const properties: Record<string, JsonSchema> = {
    technique: { const: technique.name, description: technique.description ?? technique.name },
    id: base.properties['id']!,
    title: base.properties['title']!,
  };
  const required = new Set(settings.required);
  const either: JsonSchema[] = [];
  for (const [key, schema] of Object.entries(settings.properties)) {
    const singular = Object.keys(SINGULAR).find((one) => SINGULAR[one] === key);
    if (singular !== undefined) {
      properties[singular] = schema;
      if (required.delete(key)) either.push({ oneOf: [{ required: [singular] }, { required: [key] }] });
      else either.push({ not: { required: [singular, key] } });
    }
    properties[key] = schema;
  }
  return {
    type: 'object',
    title: technique.name,
    properties,
    required: ['technique', ...required],
    additionalProperties: false,
    ...(either.length > 0 && { allOf: either }),
  };
}

function layerJson(): JsonSchema {
  const forms = layerForms.entries;
  const bare = forms.filter(([, { settings }]) => settings.safeParse({}).success);
  const typed = forms.map(([type, form]): JsonSchema => {
    const settings = settingsOf(form);
    return {
      type: 'object',
      properties: { type: { const: type, description: form.description }, ...settings.properties },
      required: ['type', ...(settings.required ?? [])],
      additionalProperties: false,
    };
  });
  const keyed = forms.map(([type, form]): JsonSchema => {
    const settings = settingsOf(form);
    const short = form.short === undefined ? undefined : settings.properties[form.short];
    const isBare = bare.some(([name]) => name === type);
    return {
      type: 'object',
      properties: {
        [type]: {
          description: form.description,
          anyOf: [settings, ...(short ? [short] : []), ...(isBare ? [{ type: 'null' }] : [])],
        },
      },
      required: [type],
      additionalProperties: false,
    };
  });
  return { anyOf: [{ type: 'string', enum: bare.map(([type]) => type) }, ...keyed, ...typed] };
}

function settingsOf({ settings }: LayerForm): ObjectSchema {
  const { $schema: _, ...schema } = toJson(settings);
  return schema as ObjectSchema;
}

/** What the reference pages must define, asked of the program itself, and where. */
import type { Argument, Command, Option } from 'commander';
import { ownCommands } from '../../scripts/own-commands.ts';
import { createProgram } from '../../src/cli/program.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { UserError } from '../../src/errors.ts';
import { zooNames } from '../../src/model/zoo/index.ts';
import { experimentJsonSchema, reportJsonSchema } from '../../src/schema/json-schema.ts';
import { layerForms } from '../../src/schema/layer-forms.ts';
import { viewSchema } from '../../src/schema/experiment-schema.ts';
import { displaySettings } from '../../src/schema/selectors.ts';
import { SINGULAR } from '../../src/schema/views.ts';
import { techniques } from '../../src/techniques/registry.ts';
import type { Known } from './definitions.ts';

const EXPERIMENTS = 'docs/experiments.md';
const COMMANDS = 'docs/commands.md';

/** Where headings define. */
export const NAMED_SECTIONS = [COMMANDS, `${EXPERIMENTS}#techniques`];

interface Property {
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Property>>;
}

type Properties = Readonly<Record<string, Property>>;

interface ViewSchema {
  readonly title: string;
  readonly properties: Properties;
}

interface ExperimentSchema {
  readonly properties: {
    readonly model: Property & { readonly properties: Properties };
    readonly images: Property & { readonly properties: Properties };
    readonly views: Property & { readonly items: { readonly anyOf: readonly ViewSchema[] } };
  };
}

const keysOf = (properties: Properties, owner: string, ...scopes: readonly string[]): Known[] =>
  Object.entries(properties).map(([name, property]) => ({
    name,
    what: `key ${name} of ${owner}`,
    scopes,
    choices: property.enum,
    default: property.default,
  }));

export function knownToExperiments(): Known[] {
  const { properties } = experimentJsonSchema(techniques.builtIn) as unknown as ExperimentSchema;
  const { model, images, views } = properties;
  const { crop } = images.properties;
  return [
    ...keysOf(properties, 'an experiment', `${EXPERIMENTS}#top-level`),
    ...keysOf(model.properties, 'model', `${EXPERIMENTS}#model`),
    ...keysOf(images.properties, 'images', `${EXPERIMENTS}#images`, `${EXPERIMENTS}#generated-images`),
    ...keysOf(crop!.properties!, 'crop', `${EXPERIMENTS}#crop`),
    ...knownLayers(),
    ...Object.keys(viewSchema.shape).map((name) => ({
      name,
      what: `key ${name} of a view`,
      scopes: [`${EXPERIMENTS}#views`],
    })),
    ...Object.keys(SINGULAR).map((name) => ({
      name,
      what: `key ${name} of a view`,
      scopes: [`${EXPERIMENTS}#selectors`],
    })),
    ...views.items.anyOf.flatMap(knownOfTechnique),
  ];
}

/** Keys that several techniques take with one meaning are defined once for all of them. */
function knownOfTechnique({ title, properties }: ViewSchema): Known[] {
  const own = Object.entries(properties).filter(([key]) => !(key in viewSchema.shape) && !(key in SINGULAR));
  const shared = ([key]: [string, unknown]) => key in displaySettings && key !== 'values';
  return [
    { name: title, what: `technique ${title}`, scopes: [`${EXPERIMENTS}#techniques`] },
    ...keysOf(Object.fromEntries(own.filter((one) => !shared(one))), title, `${EXPERIMENTS}#${title}`),
    // The default of a label depends on the technique, of colours on what is shown: the row names all of them.
    ...keysOf(Object.fromEntries(own.filter(shared)), title, `${EXPERIMENTS}#how-panels-are-drawn`),
  ];
}

function knownLayers(): Known[] {
  const scopes = [`${EXPERIMENTS}#inline-layers`];
  const keys = new Set(layerForms.values.flatMap(({ settings }) => Object.keys(settings.shape)));
  return [
    ...layerForms.entries.map(([name, { settings, short }]) => ({
      name,
      what: `layer type ${name}`,
      scopes,
      // Its row names its keys, but for those of every layer.
      choices: [
        ...Object.keys(settings.shape).filter((key) => key !== 'name' && key !== 'from'),
        ...(short === undefined ? [] : [short]),
      ],
    })),
    ...[...keys, 'type'].map((name) => ({
      name,
      what: `key ${name} of layers`,
      scopes: [`${EXPERIMENTS}#keys-of-layers`],
    })),
  ];
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, ObjectSchema>>;
  readonly items: ObjectSchema;
}

/** Of report.json, by its published schema; the inner fields of small groups are named in their rows. */
export function knownToReports(): Known[] {
  const schema = reportJsonSchema(techniques.builtIn) as unknown as ObjectSchema;
  const view = schema.properties['views']!.items;
  const fieldsOf = ({ properties }: ObjectSchema, section: string): Known[] =>
    Object.keys(properties).map((name) => ({
      name,
      what: `field ${name} of report.json`,
      scopes: [`docs/output.md#${section}`],
    }));
  const rules = (view as unknown as { readonly allOf: readonly FactsSchema[] }).allOf.map((rule) => ({
    technique: rule.if.properties.technique.const,
    ...rule.then.properties,
  }));
  const facts = rules.map(({ technique, panels }) => [technique, panels.items.properties['facts']!] as const);
  const patch = new Map(facts).get('top-patches')!.properties['patches']!.items;
  return [
    ...fieldsOf(schema, 'reportjson'),
    ...fieldsOf(view, 'views'),
    ...fieldsOf(view.properties['panels']!.items, 'panels'),
    ...facts.flatMap(([technique, fields]) => fieldsOf(fields, `facts-of-${technique}`)),
    ...rules.flatMap(({ technique, facts: fields }) =>
      fields ? fieldsOf(fields, `view-facts-of-${technique}`) : [],
    ),
    ...fieldsOf(patch, 'patches'),
  ];
}

interface FactsSchema {
  readonly if: { readonly properties: { readonly technique: { readonly const: string } } };
  readonly then: { readonly properties: { readonly panels: ObjectSchema; readonly facts?: ObjectSchema } };
}

export const knownNetworks = (): Known[] =>
  zooNames.map((name) => ({ name, what: `network ${name}`, scopes: ['docs/models.md#zoo'] }));

/** The keys that the parser offers where one is wrong. */
export function knownConfiguration(): Known[] {
  try {
    parseConfig([], 'filterscope.config.mjs');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return (error.problems[0]?.choices ?? []).map((name) => ({
      name,
      what: `key ${name} of filterscope.config`,
      scopes: ['docs/package.md#configuration'],
    }));
  }
  throw new Error('a list was taken for a configuration');
}

export function knownCommands(): Known[] {
  const program = createProgram(ownCommands);
  const general = [`${COMMANDS}#options-of-every-command`];
  return [
    ...program.commands.flatMap((command) => knownOfCommand(command, '')),
    ...sharedOptions(program).map((option) => optionOf(option, 'every command', general)),
    ...program.options.map((option) => optionOf(option, 'filterscope', general)),
    { name: '--help', what: 'option --help', scopes: general },
  ];
}

const isShared = ({ helpGroupHeading }: Option): boolean => helpGroupHeading !== undefined;

/** Those of any command that does work, which all of them take. */
const sharedOptions = (program: Command): Option[] =>
  program.commands.find(({ options }) => options.some(isShared))!.options.filter(isShared);

function knownOfCommand(command: Command, above: string): Known[] {
  const name = `${above}${command.name()}`;
  const scopes = [`${COMMANDS}#${name.replaceAll(' ', '-')}`];
  return [
    { name, what: `command ${name}`, scopes: [COMMANDS] },
    ...command.registeredArguments.map((argument) => ({
      name: written(argument),
      what: `argument ${written(argument)} of ${name}`,
      scopes,
      choices: argument.argChoices,
      default: argument.defaultValue as unknown,
    })),
    ...command.options.filter((option) => !isShared(option)).map((option) => optionOf(option, name, scopes)),
    ...command.commands.flatMap((inner) => knownOfCommand(inner, `${name} `)),
  ];
}

function written(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

const optionOf = (option: Option, owner: string, scopes: readonly string[]): Known => ({
  name: option.long!,
  what: `option ${option.long} of ${owner}`,
  scopes,
  choices: option.argChoices,
  // Absent, or an empty list, where it may be repeated.
  default: Array.isArray(option.defaultValue) || option.negate ? undefined : (option.defaultValue as unknown),
});

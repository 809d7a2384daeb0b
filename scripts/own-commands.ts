import { isInstalled } from '../src/package-root.ts';
import { defineAttributionBoxes } from './attribution-boxes/command.ts';
import { defineBench } from './bench/command.ts';
import { defineFuzz } from './fuzz/command.ts';
import { defineOnnxSuite } from './onnx-suite/command.ts';
import { defineSchema } from './schema-command.ts';
import { defineSimulate } from './simulate/command.ts';
import { defineTrain } from './training/command.ts';

/** Commands that measure this program, and in a clone those that make and test files of the repository. */
export const ownCommands = isInstalled
  ? [defineBench]
  : [
      defineBench,
      defineTrain,
      defineFuzz,
      defineOnnxSuite,
      defineAttributionBoxes,
      defineSimulate,
      defineSchema,
    ];

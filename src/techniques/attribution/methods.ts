import type { Objective } from '../../optim/objective.ts';
import { CAM_METHODS } from './attribution-types.ts';
import type {
  Attribution,
  AttributionMethod,
  AttributionRequest,
  CamMethod,
  Method,
} from './attribution-types.ts';
import { cams } from './cams.ts';
import { guidedCam } from './guided-cam.ts';
import { inputGradients, isInputMethod } from './input-gradients.ts';
import type { InputMethod } from './input-gradients.ts';
import { occlusion } from './occlusion.ts';
import { rise, scoreCam } from './perturbation.ts';

/** Methods of a pass or two for each map: all stages of the cascade are computed for them. */
export const isCheap = (method: Method): boolean =>
  isCam(method) || ['gradient', 'gradient-x-input', 'guided-backprop', 'guided-grad-cam'].includes(method);

export function attributionBy(method: Method): AttributionMethod {
  if (isCam(method)) return (request, objectives) => cams(method, request, objectives);
  if (isInputMethod(method)) return (request, objectives) => eachAlone(method, request, objectives);
  switch (method) {
    case 'guided-grad-cam':
      return guidedCam;
    case 'score-cam':
      return scoreCam;
    case 'occlusion':
      return occlusion;
    case 'rise':
      return rise;
  }
}

/** Of one pass there and back for all layers. */
export const isCam = (method: Method): method is CamMethod =>
  (CAM_METHODS as readonly string[]).includes(method);

async function eachAlone(
  method: InputMethod,
  request: AttributionRequest,
  objectives: readonly Objective[],
): Promise<readonly (readonly Attribution[])[]> {
  const found: Attribution[][] = [];
  for (const objective of objectives) found.push([await inputGradients(method, request, objective)]);
  return found;
}

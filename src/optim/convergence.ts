/** So few steps cannot show that a curve has levelled off; at the usual step lengths every image is still pale by then. */
const TOO_FEW = 32;
/**
 * The share of the whole rise that lies between the second quarter of the steps and the last, from which on an image was stopped too
 * early. A curve that nears its end exponentially has then come three fifths of its way; one that rises with the logarithm of the steps, as
 * many do, would add two fifths with as many steps again.
 */
const LATE_SHARE = 0.5;
/** Standard errors that a rise must exceed to be more than noise. */
const ERRORS = 2;

/**
 * True where an image was stopped too early: half of what had been gained came late. Means of many steps are compared, for the
 * network sees an image moved at random at each.
 * @param curve the objective at each step
 */
export function isStillRising(curve: readonly number[]): boolean {
  const steps = curve.length;
  if (steps <= TOO_FEW) return true;
  const quarter = Math.floor(steps / 4);
  const first = mean(curve.slice(0, Math.floor(steps / 16)));
  const last = mean(curve.slice(steps - quarter));
  const gained = last - mean(curve.slice(quarter, 2 * quarter));
  // Neighbours differ by noise alone, nearly, however the curve rises.
  const differences = curve.slice(1).map((value, i) => (value - curve[i]!) ** 2 / 2);
  const error = Math.sqrt((mean(differences) * 2) / quarter);
  return gained > ERRORS * error && gained > LATE_SHARE * (last - first);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

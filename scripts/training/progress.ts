/** What happened so far; kept in the checkpoint, so that it covers all sittings. */
export interface TrainingProgress {
  /** Of each epoch done: mean loss and accuracy on the images as varied, while they were learnt from. */
  readonly epochs: readonly { readonly loss: number; readonly accuracy: number }[];
  /** Seconds that training took, and that processors were busy with it; sittings that were cut short count as far as their last whole epoch. */
  readonly wall: number;
  readonly cpu: number;
}

/** `epoch 3/8  step 120/412  loss 0.812  accuracy 0.884  4:07 elapsed, 9:55 left` */
export function progressLine(at: {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Seconds, all sittings. */
  readonly elapsed: number;
  /** Seconds for a step, lately. */
  readonly pace: number;
}): string {
  const left = (at.epochs - at.epoch) * at.steps - at.step;
  return [
    `epoch ${at.epoch + 1}/${at.epochs}`,
    `step ${at.step}/${at.steps}`,
    `loss ${at.loss.toFixed(3)}`,
    `accuracy ${at.accuracy.toFixed(3)}`,
    `${clock(at.elapsed)} elapsed, ${clock(left * at.pace)} left`,
  ].join('  ');
}

export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

import { rfc3339, truncate } from '../../kube/conditions.ts';

/** A step of an operation, as a status lists it: an entry of a list that is a map by `name`. */
export interface TimedStep<Name extends string = string> {
  readonly name: Name;
  /** When it began, RFC 3339. */
  readonly startTime: string;
  /** When it was done; absent while it goes on. */
  readonly endTime?: string;
  /** What came of it, where there is something to say. */
  readonly message?: string;
}

/** Characters of a message; the definitions allow as many. */
const longestMessage = 256;

/** @returns the list with the step begun; one that is in it already stays as it is, so that a pass may say so again */
export function stepBegun<Name extends string>(
  steps: readonly TimedStep<Name>[] | undefined,
  name: Name,
  now: Date,
): readonly TimedStep<Name>[] {
  const known = steps ?? [];
  return known.some((step) => step.name === name) ? known : [...known, { name, startTime: rfc3339(now) }];
}

/** @returns the list with the step done, begun as well if it was not; one that is done keeps its times and message */
export function stepDone<Name extends string>(
  steps: readonly TimedStep<Name>[] | undefined,
  name: Name,
  now: Date,
  message?: string,
): readonly TimedStep<Name>[] {
  const said = message === undefined ? {} : { message: truncate(message, longestMessage) };
  return stepBegun(steps, name, now).map((step) =>
    step.name === name && step.endTime === undefined ? { ...step, endTime: rfc3339(now), ...said } : step,
  );
}

/** @returns the first of the order that is not done yet; undefined when all are */
export function nextStep<Name extends string>(
  order: readonly Name[],
  steps: readonly TimedStep<Name>[] | undefined,
): Name | undefined {
  return order.find((name) => steps?.some((step) => step.name === name && step.endTime !== undefined) !== true);
}

/** The field by which a task is found by its correlation id and its source together. */
export const correlationField = 'correlation';

/** Neither holds a line break (see crds/agenttask.yaml), so that two different pairs never have one value. */
export function correlationValue(correlationID: string, source: string): string {
  return `${correlationID}\n${source}`;
}

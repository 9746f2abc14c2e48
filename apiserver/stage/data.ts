import type { ClusterStageSpec } from '../../crds/types/clusterstage.ts';
import { isObject } from '../http/json.ts';

/** What a caller may send along with a stage, and gets back as it came. */
export type StageData = string | Readonly<Record<string, unknown>> | null;

/** The fields of a ClusterStage that keep it; none for what was not sent. */
export function storedData(data: StageData | undefined): Pick<ClusterStageSpec, 'data' | 'dataFormat'> {
  if (data === undefined) return {};
  return typeof data === 'string' ? { data } : { data: JSON.stringify(data), dataFormat: 'JSON' };
}

/** @returns what the caller sent; an empty text where he sent nothing. What is no JSON after all is a text. */
export function dataOf({ data = '', dataFormat }: Pick<ClusterStageSpec, 'data' | 'dataFormat'>): StageData {
  if (dataFormat !== 'JSON') return data;
  try {
    const value: unknown = JSON.parse(data);
    return value === null || isObject(value) ? value : data;
  } catch (error) {
    if (error instanceof SyntaxError) return data;
    throw error;
  }
}

/** @returns the node that it names; undefined where it names none */
export function nodeInData(data: unknown): string | undefined {
  const node = isObject(data) ? data['node'] : undefined;
  return typeof node === 'string' && node !== '' ? node : undefined;
}

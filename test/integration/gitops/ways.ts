import type { Condition, KubeObject } from '../../../kube/objects.ts';
import type { Assessor } from '../../gitops/assessor.ts';

/** What kstatus and Argo CD have to make of an object. */
export type Wanted = readonly [kstatus: string, health: string];

interface Standing extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** The ways in which objects stood in the course of a story, each once. */
export class Ways<Kind extends Standing> {
  readonly #seen = new Map<string, Kind>();

  /** Takes down how the object stands at this moment. */
  see(object: Kind): void {
    // Before anybody has looked at it: the API server gives it a status then, which the model does not.
    if (object.status?.conditions !== undefined) this.#seen.set(inWords(object), structuredClone(object));
  }

  /** What the tools make of each. */
  async told(assessor: Assessor, script: string): Promise<readonly string[]> {
    const said = [...this.#seen].map(async ([words, object]) => {
      const [kstatus, health] = await Promise.all([assessor.kstatus(object), assessor.health(object, script)]);
      return `${words}: ${kstatus.status} ${health.status}`;
    });
    return Promise.all(said);
  }

  /** What they have to make of each, in the same words. */
  wanted(of: (object: Kind) => Wanted): readonly string[] {
    return [...this.#seen].map(([words, object]) => `${words}: ${of(object).join(' ')}`);
  }
}

function inWords({ metadata: { name, generation, deletionTimestamp }, status }: Standing): string {
  const said = status?.conditions?.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`).join();
  return `${name} ${generation} of ${status?.observedGeneration} ${deletionTimestamp ?? ''} ${said}`;
}

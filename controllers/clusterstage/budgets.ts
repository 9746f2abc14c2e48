import { selects, type PodDisruptionBudget } from '../../kube/disruption.ts';
import { keyOf } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Pod } from '../../kube/workloads.ts';
import { labelKey } from './indexers.ts';
import { budgetView, type BudgetView } from './pods.ts';

/** The budgets of pods as they stand in one pass; each is counted once. */
export class BudgetCounts {
  readonly #budgets: ReadStore<PodDisruptionBudget>;
  readonly #pods: ReadStore<Pod>;
  readonly #isLeaving: (pod: Pod) => boolean;
  readonly #views = new Map<string, BudgetView>();

  /** @param budgets and pods, indexed as `indexers.ts` says */
  constructor(budgets: ReadStore<PodDisruptionBudget>, pods: ReadStore<Pod>, isLeaving: (pod: Pod) => boolean) {
    this.#budgets = budgets;
    this.#pods = pods;
    this.#isLeaving = (pod) => pod.metadata.deletionTimestamp !== undefined || isLeaving(pod);
  }

  /** @returns all that select the pod, in the order of their names */
  of({ metadata }: Pod): readonly BudgetView[] {
    const { namespace = '', labels = {} } = metadata;
    // There can be hundreds in its namespace.
    const keys = [namespace, ...Object.entries(labels).map((label) => labelKey(namespace, ...label))];
    return keys
      .flatMap((key) => this.#budgets.byIndex('selects', key))
      .filter(({ spec }) => selects(spec.selector, labels))
      .map((budget) => this.#viewOf(budget))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  #viewOf(budget: PodDisruptionBudget): BudgetView {
    const key = keyOf(budget);
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const view = budgetView(budget, this.#candidates(budget), this.#isLeaving);
    this.#views.set(key, view);
    return view;
  }

  /** Pods that the budget may select: there can be thousands in its namespace. */
  #candidates({ metadata: { namespace = '' }, spec: { selector } }: PodDisruptionBudget): readonly Pod[] {
    const [label] = Object.entries(selector?.matchLabels ?? {});
    return label === undefined
      ? this.#pods.byIndex('namespace', namespace)
      : this.#pods.byIndex('label', labelKey(namespace, ...label));
  }
}

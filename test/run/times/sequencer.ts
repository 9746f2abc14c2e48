import { relative } from 'node:path';

import { BaseSequencer, type TestSpecification } from 'vitest/node';

import { readBudget } from './files.ts';

/**
 * The longest files first, by their budgets and not by what an earlier run left behind: none that takes minutes begins
 * last, on a fresh machine neither.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const { files } = await readBudget();
    const budgetOf = ({ moduleId, project }: TestSpecification): number =>
      files[relative(project.config.root, moduleId)] ?? 0;
    // One project after the other, as vitest does it: a worker that is not isolated is kept for the files of its
    // project.
    return specifications.toSorted((a, b) => a.project.name.localeCompare(b.project.name) || budgetOf(b) - budgetOf(a));
  }
}

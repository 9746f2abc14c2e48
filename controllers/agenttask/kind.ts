import { agentTasks } from '../../crds/types/agenttask.ts';
import type { Kind } from '../kind.ts';
import { readAgentTaskConfig, settings } from './config.ts';
import { addAgentTask } from './controller.ts';
import { ContentPathError } from './executors/errors.ts';
import { PodTemplateError } from './executors/job/template.ts';
import { childFinalizer } from '../shared/parents.ts';
import { finalizer } from './finalizers.ts';
import { openRunPlaces } from './run/open-places.ts';
import { AnsibleMissingError } from './runner/environment.ts';

export const agentTask: Kind = {
  name: 'agenttask',
  settings,
  objects: agentTasks,
  finalizers: [finalizer, childFinalizer],
  startErrors: [AnsibleMissingError, ContentPathError, PodTemplateError],
  configure(read, surroundings) {
    const config = readAgentTaskConfig(read, surroundings);
    return {
      name: 'agenttask',
      facts: { executors: config.executors },
      async open(site) {
        const { manager, events, clock, log, claims, systemNamespace, watchNamespace } = site;
        const places = await openRunPlaces(config, site);
        addAgentTask(manager, {
          places,
          events,
          clock,
          log,
          claims,
          systemNamespace,
          limits: { maxOutputBytes: config.maxOutputBytes },
          ...(watchNamespace === undefined ? {} : { namespace: watchNamespace }),
        });
      },
    };
  },
};

/*
 * The manager that `make bench` measures: kube/ as a product runs it, with leader election, metrics, health, the guard
 * against acting on a cache that lags behind our own writes, and logging. peer/ is its counterpart in Go.
 */
import { parseArgs } from 'node:util';

import { setConditions } from '../../kube/conditions.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import { patchStatus } from '../../kube/status.ts';
import { runManager } from './run-manager.ts';
import { isReady, widgets } from './widget.ts';

const { values } = parseArgs({ options: { 'health-port': { type: 'string', default: '0' } } });
const settings = { name: 'widget-manager', namespace: 'default', healthPort: Number(values['health-port']) };
await runManager(settings, ({ manager }) => {
  const ownWrites = new OwnWrites();
  const cache = manager.cache(widgets);
  const controller = manager.controller({
    name: 'widget',
    workers: 10,
    reconcile: async (key) => {
      const widget = cache.store.get(key);
      if (widget === undefined) {
        ownWrites.forget(widgets, key);
        return {};
      }
      // The watch brings our own write in a moment, and with it this key.
      if (isReady(widget) || ownWrites.isStale(widgets, widget)) return {};
      const { generation } = widget.metadata;
      const conditions = setConditions(
        widget.status?.conditions,
        [{ type: 'Ready', status: 'True', reason: 'Accepted', message: 'The widget is ready.' }],
        generation,
        new Date(),
      );
      const written = await patchStatus(
        manager.client,
        widgets,
        widget,
        generation === undefined ? { conditions } : { observedGeneration: generation, conditions },
      );
      if (written !== undefined) ownWrites.record(widgets, written);
      return {};
    },
  });
  cache.onChange(({ key }) => controller.queue.add(key));
});

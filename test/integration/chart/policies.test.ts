/**
 * What the chart's policies forbid and let pass, all in one control plane; each of these files makes what its tests
 * need.
 */
import './policies/objects.ts';
import './policies/runs.ts';
import './policies/executors.ts';
import './policies/stages.ts';
import './policies/gate.ts';
import './policies/gate-rest.ts';
import './policies/confirmations.ts';

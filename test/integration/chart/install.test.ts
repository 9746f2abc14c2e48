/**
 * What a cluster makes of the chart: all in one control plane, which each of these files leaves as it found it, without
 * anything of ours.
 */
import './install/dryrun.ts';
import './install/rights.ts';
import './install/lifecycle.ts';
import './install/upgrade.ts';

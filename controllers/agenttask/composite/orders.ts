import type { AgentTask, AgentTaskSpec } from '../../../crds/types/agenttask.ts';
import { atOnce } from '../../shared/children/acting.ts';
import type { Intent } from '../intents.ts';
import { isFinished } from '../phases.ts';
import type { Member, Part } from './observe.ts';
import { counted } from './report.ts';

/** Those that were refused must not keep the others waiting. */
export function othersFirst(members: readonly Member[], refused: ReadonlySet<string>): readonly Member[] {
  return refused.size === 0
    ? members
    : [...members.filter(({ name }) => !refused.has(name)), ...members.filter(({ name }) => refused.has(name))];
}

/** Makes the next children for hosts that have none. */
export function made(members: readonly Member[], total: number): readonly Intent[] {
  const because = `${counted(members.length)} of ${total} ${members.length === 1 ? 'has' : 'have'} no AgentTask yet`;
  return members.length === 0
    ? []
    : [
        {
          do: 'makeChildren',
          children: members.slice(0, atOnce).map(({ name, host }) => ({ name, hosts: [host] })),
          because,
        },
      ];
}

/**
 * A stop for all that have not ended; paused for those that have not begun: what runs goes on.
 * @param because why they are stopped
 */
export function passedDown(
  { stop, paused }: Pick<AgentTaskSpec, 'stop' | 'paused'>,
  members: readonly Part[],
  because = 'spec.stop is true',
): readonly Intent[] {
  const open = members.flatMap(({ child, is }) =>
    is === 'there' && child !== undefined && !isFinished(child) && child.metadata.deletionTimestamp === undefined
      ? [child]
      : [],
  );
  if (stop === true)
    return changed(
      open.filter(({ spec }) => spec.stop !== true),
      { stop },
      because,
    );
  const wait = paused === true;
  const others = open.filter(({ spec, status }) => status?.phase !== 'Running' && (spec.paused === true) !== wait);
  return changed(others, { paused: wait }, wait ? 'spec.paused is true' : 'spec.paused is false again');
}

function changed(
  children: readonly AgentTask[],
  spec: Pick<AgentTaskSpec, 'stop' | 'paused'>,
  because: string,
): readonly Intent[] {
  return children.length === 0 ? [] : [{ do: 'changeChildren', children: children.slice(0, atOnce), spec, because }];
}

import type { ClusterStageWindow } from '../../../crds/types/clusterstage.ts';
import { rfc3339 } from '../../../kube/conditions.ts';
import { instantOf, isTimeZone, localTime, weekdays } from './local-time.ts';
import type { Obstacle } from './obstacle.ts';

const day = 86_400_000;

/** Minutes since midnight of `22:00`. */
function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

/** Whether nodes may begin at this moment, as the clocks on the walls of the window's time zone show it. */
export function isOpen({ days = weekdays, from, to, timeZone = 'UTC' }: ClusterStageWindow, now: Date): boolean {
  const { weekday, minutes } = localTime(now, timeZone);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const today = days.some((name) => name === weekdays[weekday]);
  if (begin < end) return today && minutes >= begin && minutes < end;
  const yesterday = days.some((name) => name === weekdays[(weekday + 6) % 7]);
  return (today && minutes >= begin) || (yesterday && minutes < end);
}

/**
 * When a window that is closed opens next. A time that the clocks leap over in spring comes when they have; a window
 * that they leap over whole does not open that day.
 */
export function nextOpening(window: ClusterStageWindow, now: Date): Date | undefined {
  const { from, timeZone = 'UTC' } = window;
  const today = localTime(now, timeZone);
  // A window of one day that is leapt over opens a week later.
  for (let ahead = 0; ahead <= 14; ahead += 1) {
    const opening = instantOf(today.date + ahead * day, minutesOf(from), timeZone);
    if (opening > now && isOpen(window, opening)) return opening;
  }
  return undefined;
}

/** @returns why no node begins now, with the next opening; undefined while the window is open, or where none is set */
export function windowObstacle(window: ClusterStageWindow | undefined, now: Date): Obstacle | undefined {
  if (window === undefined) return undefined;
  const { timeZone = 'UTC' } = window;
  if (!isTimeZone(timeZone)) {
    const message = `spec.window.timeZone ${timeZone} is no time zone of the IANA database: write it as Europe/Berlin`;
    return { reason: 'UnknownTimeZone', message, stuck: true };
  }
  if (isOpen(window, now)) return undefined;
  const opening = nextOpening(window, now);
  if (opening === undefined) return { reason: 'OutsideWindow', message: 'spec.window never opens', stuck: true };
  return {
    reason: 'OutsideWindow',
    message: `spec.window opens at ${rfc3339(opening)}`,
    requeueAfter: opening.getTime() - now.getTime(),
  };
}

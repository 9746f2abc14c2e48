import type { Clock } from '../../../kube/clock.ts';

/** A clock that stands still until the world moves it. */
export class ManualClock implements Clock {
  static readonly start = Date.parse('2026-01-01T00:00:00Z');
  #time = ManualClock.start;

  now(): Date {
    return new Date(this.#time);
  }

  /** Milliseconds since the world began. */
  get elapsed(): number {
    return this.#time - ManualClock.start;
  }

  /** @param elapsed milliseconds since the world began; the clock never goes back */
  moveTo(elapsed: number): void {
    this.#time = Math.max(this.#time, ManualClock.start + elapsed);
  }
}

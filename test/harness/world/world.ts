import { setImmediate as turn } from 'node:timers/promises';

import { pino, type Logger } from 'pino';

import type { Controller } from '../../../kube/controller.ts';
import { TerminalError } from '../../../kube/errors.ts';
import { EventRecorder } from '../../../kube/events.ts';
import type { Manager } from '../../../kube/manager.ts';
import type { ResourceType } from '../../../kube/objects.ts';
import { ModelApi } from './api.ts';
import { ModelClient } from './client.ts';
import { ManualClock } from './clock.ts';
import { GarbageCollector } from './garbage.ts';
import { Life, type Fate } from './life.ts';
import { ControllerProcess } from './process.ts';
import { Random } from './random.ts';
import { Tale } from './tale.ts';

/** In which order things happen. */
export interface Order {
  /** Absent: everything in a fixed order, caches at once up to date, one pass after the other. */
  readonly seed?: number;
  /** The controller dies after its write of this number, once. */
  readonly diesAfter?: number;
}

/** What goes on by itself beside the controller: a machine with its runs, an outside system. */
export interface Surroundings {
  /** When (a time of Date) the next thing happens there by itself. */
  nextChange(): number | undefined;
  /** Lets happen what is due. */
  goOn(): void;
}

/** What a controller is added to the model with. */
export interface ModelGround {
  readonly manager: Manager;
  readonly life: Life;
  readonly events: EventRecorder;
  readonly log: Logger;
}

interface Deed {
  readonly at: number;
  /** Whether it can be done; it is left undone where that never comes. */
  readonly ready?: () => boolean;
  readonly act: () => void;
}

/** With a seed: how often a write fails in each way, and how often the controller may die in one story. */
const mishap = { refused: 0.04, answerLost: 0.04, dies: 0.03 };
const maxDeaths = 3;
const maxSteps = 20_000;

/**
 * A small model of everything around a controller, moved step by step, in a fixed order or in one drawn from a seed. A
 * kind adds what is its own.
 */
export abstract class ModelWorld {
  readonly clock = new ManualClock();
  readonly api = new ModelApi(this.clock);
  readonly tale = new Tale(this.clock);
  /** Errors of passes that were repeated for it; without mishaps there are none. */
  readonly errors: unknown[] = [];
  /** What happened and must never happen. It is kept, since a controller would swallow an error. */
  protected readonly broken: string[] = [];
  protected readonly random: Random | undefined;
  readonly #order: Order;
  readonly #deeds: Deed[] = [];
  readonly #events: EventRecorder;
  readonly #garbage: GarbageCollector;
  #process: ControllerProcess | undefined;
  #deaths = 0;
  #writes = 0;

  /** @param collected kinds that go with what they belong to */
  constructor(order: Order, collected: readonly ResourceType[]) {
    this.#order = order;
    this.random = order.seed === undefined ? undefined : new Random(order.seed);
    const untroubled = new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined });
    this.#events = new EventRecorder(new ModelClient(this.api, untroubled), {
      controller: 'test',
      instance: 'test',
      log: pino({ level: 'silent' }),
    });
    this.#garbage = new GarbageCollector(this.api, collected);
  }

  /** Adds the controller, whenever one starts, as its program does. */
  protected abstract addController(ground: ModelGround): Controller;

  protected abstract get surroundings(): readonly Surroundings[];

  /** Whether all objects have come to their end. */
  protected abstract get allEnded(): boolean;

  /** Keys of the objects that the controller looks after. */
  protected abstract get keys(): readonly string[];

  /** Looks after every step for what must never be. */
  protected abstract check(): void;

  /** Writes of all controller processes so far. */
  get writes(): number {
    return this.#writes + (this.#process?.life.writes ?? 0);
  }

  /** Something that somebody does at a time (seconds since the beginning), or, with a seed, at some time after it. */
  at(seconds: number, who: string, what: string, act: () => void): void {
    const deed = () => {
      this.tale.tell(who, what);
      act();
    };
    this.#deeds.push({ at: seconds * 1000, act: deed });
  }

  /** The same, done as soon as something is so after that time. */
  protected when(seconds: number, ready: () => boolean, who: string, what: string, act: () => void): void {
    this.at(seconds, who, what, act);
    const deed = this.#deeds.pop();
    if (deed !== undefined) this.#deeds.push({ ...deed, ready });
  }

  /** Kills the controller; a new one starts. */
  protected kill(): void {
    this.#process?.life.die('');
  }

  /**
   * Goes on until everybody has done what they do, all objects have ended or are gone, and nothing moves any more.
   * @param also a further condition for the end
   * @throws Error with the tale when something happened that must not, or when the end does not come
   */
  async play(also: () => boolean = () => true): Promise<void> {
    for (let step = 0; step < maxSteps; step += 1) {
      const moved = await this.#step(() => this.#isOver() && also());
      if (this.broken.length > 0) throw new Error(`${this.broken.join('\n')}\n\n${this.tale.text()}`);
      if (!moved) return;
    }
    throw new Error(`no end after ${maxSteps} steps\n\n${this.tale.text()}`);
  }

  /** Every object is looked at once more. @returns how many writes that brought; at rest there are none */
  async lookAgain(): Promise<number> {
    const before = this.writes;
    for (const key of this.keys) {
      this.#process?.begin(key);
      while ((this.#process?.life.waiting ?? 0) > 0) {
        this.#process?.life.resume(0);
        await turn();
      }
      await turn();
    }
    return this.writes - before;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.close();
    await this.#events.close();
  }

  /** @returns false when there was nothing left to do */
  async #step(isOver: () => boolean): Promise<boolean> {
    if (this.#process?.life.alive !== true) {
      this.#startController();
      await this.#comeToRest();
      return true;
    }
    const possible = this.#possible();
    const waitAWhile = possible.length === 0 || this.random?.chance(0.1) === true;
    if (waitAWhile) {
      if (possible.length === 0 && isOver()) return false;
      if (!this.#letTimePass() && possible.length === 0)
        throw new Error(`everything stands still before its end\n\n${this.tale.text()}`);
    } else {
      const chosen = this.random === undefined ? possible[0] : this.random.pick(possible);
      chosen?.();
    }
    await this.#comeToRest();
    return true;
  }

  /** One turn of the event loop ends whatever does not wait for the world. */
  async #comeToRest(): Promise<void> {
    await turn();
    await this.#process?.collect();
    this.check();
  }

  #possible(): readonly (() => void)[] {
    const process = this.#process;
    const deeds = this.#deeds
      .filter(({ at, ready }) => at <= this.clock.elapsed && ready?.() !== false)
      .map((deed) => () => {
        this.#deeds.splice(this.#deeds.indexOf(deed), 1);
        deed.act();
      });
    if (process === undefined) return deeds;
    return [
      ...deeds,
      ...process.client.streams.filter(({ lags }) => lags).map((stream) => () => stream.deliver()),
      ...Array.from({ length: process.life.waiting }, (_, index) => () => process.life.resume(index)),
      ...process.ready.map((key) => () => process.begin(key)),
      ...(this.#garbage.waiting > 0 ? [() => this.#garbage.collect()] : []),
    ];
  }

  #isOver(): boolean {
    const quiet =
      this.#process?.restless === false && (this.#process.nextDue() ?? Infinity) > this.clock.now().getTime() + 1000;
    return quiet && this.#deeds.every(({ ready }) => ready?.() === false) && this.allEnded;
  }

  /** To the next moment at which something is due. @returns false when nothing ever is */
  #letTimePass(): boolean {
    const due = [
      // Nobody's turn is passed over who could act now: what is written down first would be done last.
      ...this.#deeds
        .filter(({ at, ready }) => at > this.clock.elapsed || ready?.() !== false)
        .map(({ at }) => ManualClock.start + at),
      this.#process?.nextDue(),
      ...this.surroundings.map((part) => part.nextChange()),
    ];
    const future = due.filter((time) => time !== undefined);
    if (future.length === 0) return false;
    this.clock.moveTo(Math.min(...future) - ManualClock.start);
    for (const part of this.surroundings) part.goOn();
    return true;
  }

  #startController(): void {
    const dead = this.#process;
    if (dead !== undefined) {
      this.#writes += dead.life.writes;
      dead.close();
      this.tale.tell('controller', 'a new one starts');
    }
    const life = new Life({
      interleave: this.random !== undefined,
      fate: (write) => this.#fateOf(write + this.#writes),
      onDeath: (what) => {
        this.#deaths += 1;
        if (what !== '') this.tale.tell('controller', 'dies', `after: ${what}`);
      },
    });
    this.#process = new ControllerProcess({
      api: this.api,
      clock: this.clock,
      life,
      add: (manager, log) => this.addController({ manager, life, events: this.#events, log }),
      onAct: (key, intents, because) => this.tale.tell(key, 'acts', `${intents}: ${because}`),
      onError: (key, error) => {
        if (!(error instanceof TerminalError)) this.errors.push(error);
        if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
          this.broken.push(`${key}: ${error.stack}`);
      },
    });
  }

  #fateOf(write: number): Fate {
    const { diesAfter } = this.#order;
    if (diesAfter !== undefined) return write === diesAfter ? 'dies after it' : 'goes well';
    const drawn = this.random?.next() ?? 1;
    if (drawn < mishap.refused) return 'refused';
    if (drawn < mishap.refused + mishap.answerLost) return 'answer lost';
    return drawn < mishap.refused + mishap.answerLost + mishap.dies && this.#deaths < maxDeaths
      ? 'dies after it'
      : 'goes well';
  }
}

import type { Client } from '../../kube/client.ts';

/** What a call of a dead process answers. */
class CrashedError extends Error {
  readonly code = 'CRASHED';

  constructor(step: string) {
    super(`the process died at ${step}`);
    this.name = 'CrashedError';
  }
}

/**
 * When, relative to the chosen step, the process dies. `after`: the step took effect, but its caller never hears of it.
 */
export type Moment = 'before' | 'after';

export interface CrashAt {
  /** Counted from 1. */
  readonly step: number;
  readonly moment: Moment;
}

/** The writes through which a controller changes the world. */
const clientWrites = ['create', 'replace', 'mergePatch', 'apply', 'delete'] as const;
const clientReads = ['get', 'list', 'watch'] as const;

/**
 * Counts what a controller does to the world (API writes and calls of its drivers) and makes the process die at a
 * chosen one: from then on every call fails and nothing takes effect.
 */
export class Steps {
  /** Names of the steps so far, in order. */
  readonly taken: string[] = [];
  readonly #crashAt: CrashAt | undefined;
  readonly #crashed = Promise.withResolvers<void>();
  #dead = false;

  constructor(crashAt?: CrashAt) {
    this.#crashAt = crashAt;
  }

  /** Resolves when the process has died. */
  get crashed(): Promise<void> {
    return this.#crashed.promise;
  }

  client(client: Client): Client {
    return this.#guard(
      this.#count(client, clientWrites, (method, [type]) => `${method} ${pluralOf(type)}`),
      clientReads,
    );
  }

  /** Wraps another way of changing the world. `steps` change it, `looks` only read. */
  driver<T extends object>(
    driver: T,
    name: string,
    steps: readonly (keyof T & string)[],
    looks: readonly (keyof T & string)[],
  ): T {
    return this.#guard(
      this.#count(driver, steps, (method) => `${name}.${method}`),
      looks,
    );
  }

  #count<T extends object>(
    target: T,
    methods: readonly (keyof T & string)[],
    name: (method: string, parameters: readonly unknown[]) => string,
  ): T {
    return intercept(target, methods, async (method, parameters, call) => {
      const step = name(method, parameters);
      if (this.#dead) throw new CrashedError(step);
      this.taken.push(step);
      const dies = this.taken.length === this.#crashAt?.step;
      if (dies) {
        this.#dead = true;
        if (this.#crashAt?.moment === 'after') await call().catch(() => undefined);
        this.#crashed.resolve();
        throw new CrashedError(step);
      }
      return call();
    });
  }

  #guard<T extends object>(target: T, methods: readonly (keyof T & string)[]): T {
    return intercept(target, methods, async (method, _, call) => {
      if (this.#dead) throw new CrashedError(method);
      return call();
    });
  }
}

function pluralOf(type: unknown): string {
  return typeof type === 'object' && type !== null && 'plural' in type ? String(type.plural) : '';
}

/** A copy of `target` whose named async methods go through `around`. */
function intercept<T extends object>(
  target: T,
  methods: readonly (keyof T & string)[],
  around: (method: string, parameters: readonly unknown[], call: () => Promise<unknown>) => Promise<unknown>,
): T {
  return new Proxy(target, {
    get(object, property) {
      const value: unknown = Reflect.get(object, property, object);
      if (typeof value !== 'function') return value;
      const bound = (...parameters: unknown[]): unknown => Reflect.apply(value, object, parameters);
      if (!methods.some((method) => method === property)) return bound;
      return (...parameters: unknown[]) => around(String(property), parameters, async () => bound(...parameters));
    },
  });
}

import type { Cluster } from './site.ts';
import type { RunSettings } from './settings.ts';

/** What `make run` shows of one kind or of one API. */
export interface Demo {
  /** How it is asked for, where it takes more than this machine has by itself; absent: it is always shown. */
  readonly asked?: Asked;
  /** @returns what this machine lacks for it, with what to do; undefined: nothing. Asked before anything is started */
  lacks?(): Promise<string | undefined>;
  /** Makes what it needs besides our programs, before these start. */
  open(ground: Ground): Promise<OpenedDemo>;
}

/** How a demo is asked for. */
export interface Asked {
  /** In `make run WITH=…`. */
  readonly word: string;
  /** What is to be seen then, for those who have not asked. */
  readonly shows: string;
}

/** On what a demo stands. */
export interface Ground {
  readonly cluster: Cluster;
  readonly settings: RunSettings;
  /** Where the REST facade will answer. */
  readonly facadeUrl: string;
  /** For files; removed at the end. */
  readonly folder: string;
  say(this: void, line?: string): unknown;
}

/** A demo that is ready to be shown. */
export interface OpenedDemo {
  /** Further flags of the controllers. */
  readonly controllers?: readonly string[];
  /** Further flags of the facade. */
  readonly facade?: readonly string[];
  /** Shows it, to its end, while all programs run. */
  show?(): Promise<void>;
  /** Lines to paste into a shell, each one whole by itself, with a comment before each. */
  readonly lines: readonly string[];
  /** In a cluster of the user's own: ends, while all programs still run, what nobody else could end. */
  leave?(): Promise<void>;
  /** Ends what it started. In a cluster of the user's own it also takes away what it made there. */
  close?(): Promise<void>;
}

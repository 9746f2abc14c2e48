import type { KubeObject } from '../../../kube/objects.ts';

/**
 * What a parent does with the objects that it made, or is to make. `Wanted`: what a child is made of; `Change`: what is
 * passed down to those that are there.
 */
export type ChildIntentOf<Child extends KubeObject, Wanted extends { readonly name: string }, Change extends object> =
  | { readonly do: 'makeChildren'; readonly children: readonly Wanted[]; readonly because: string }
  | {
      readonly do: 'changeChildren';
      readonly children: readonly Child[];
      readonly spec: Change;
      readonly because: string;
    }
  | { readonly do: 'deleteChildren'; readonly children: readonly Child[]; readonly because: string }
  | { readonly do: 'releaseChildren'; readonly children: readonly Child[]; readonly because: string };

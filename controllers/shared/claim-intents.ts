import type { HostClaim, Ticket } from './hostclaims.ts';

/** What an operation does about the machines that it works on, or wants to. */
export type ClaimIntent =
  | { readonly do: 'freeStaleClaim'; readonly claim: HostClaim; readonly because: string }
  | {
      readonly do: 'claimHosts';
      readonly hosts: readonly string[];
      readonly tickets: ReadonlyMap<string, Ticket>;
      readonly because: string;
    }
  | { readonly do: 'releaseHosts'; readonly hosts: readonly string[]; readonly because: string };

import { Authenticator, sameBytes } from '../auth/authenticator.ts';
import { bearerGuard, type BearerOptions } from '../auth/bearer.ts';
import { digestOf } from '../auth/digest.ts';
import type { Guard } from '../auth/guard.ts';

/** How the description of the API tells of its callers. */
export const appkeySchemes = {
  appkey: {
    type: 'apiKey',
    in: 'header',
    name: 'appkey',
    description: 'The key of an application, whose name is in the header appname.',
  },
} as const;

const notValid = 'appname and appkey are not valid: ask the operator for the present ones';

/** Lets requests pass that show the name and the key of an application, or a token of the API server. */
export function appkeyGuard(options: BearerOptions): Guard {
  const authenticator = new Authenticator(options);
  const bearer = bearerGuard(options);
  return {
    reads: 'headers',
    async identify(request) {
      const { appname, appkey, authorization } = request.headers;
      if (authorization !== undefined && appkey === undefined) return bearer.identify(request);
      if (typeof appname !== 'string' || typeof appkey !== 'string')
        throw authenticator.refused(request, 'TOKEN_MISSING', 'the headers appname and appkey are required');
      const digest = digestOf(appkey);
      const caller = authenticator.callerOf({ index: appname, proves: (proof) => sameBytes(proof, digest) });
      if (caller !== undefined) return caller;
      throw authenticator.refused(request, 'TOKEN_WRONG', notValid);
    },
  };
}

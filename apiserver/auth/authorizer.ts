import { subjectAccessReviews, type SubjectAccessReview } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { AnswersCache } from './answers-cache.ts';
import type { Caller } from './caller.ts';
import { AuthError } from './errors.ts';
import { allGroupsOf } from './identity.ts';

/** What somebody wants to do, in the words of RBAC. */
export interface Access {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  readonly group: string;
  /** Plural, for example `agenttasks`. */
  readonly resource: string;
  readonly subresource?: string;
  /** Left out for what belongs to the whole cluster. */
  readonly namespace?: string;
  /** Left out: any of the namespace. Ask so where you can, since every name is a question of its own. */
  readonly name?: string;
}

/**
 * Asks before something is answered from a cache or from the history, where the API server is not asked: it decides by
 * the caller's rights (SubjectAccessReview). An answer holds for ten seconds.
 */
export interface Authorizer {
  /** @throws AuthError DENIED when the caller may not; what Client.create throws when that cannot be asked */
  check(caller: Caller, access: Access): Promise<void>;
}

/** @param client with our own rights: the caller need not be allowed to ask about himself */
export function authorizerBy(client: Pick<Client, 'create'>): Authorizer {
  const answers = new AnswersCache<boolean>();
  return {
    async check(caller, access) {
      const { verb, group, resource, subresource, namespace, name } = access;
      const question = JSON.stringify([
        caller.user,
        caller.groups,
        verb,
        group,
        resource,
        subresource,
        namespace,
        name,
      ]);
      const allowed = await answers.get(question, performance.now(), () => ask(client, caller, access));
      if (!allowed) throw new AuthError('DENIED', 403, denial(caller, access));
    },
  };
}

async function ask(client: Pick<Client, 'create'>, caller: Caller, access: Access): Promise<boolean> {
  const spec: SubjectAccessReview['spec'] = {
    user: caller.user,
    groups: allGroupsOf(caller),
    resourceAttributes: access,
  };
  const { status } = await client.create(subjectAccessReviews, { metadata: { name: '' }, spec });
  return status?.allowed === true;
}

function denial({ user }: Caller, { verb, group, resource, subresource, namespace, name }: Access): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const which = name === undefined ? '' : ` "${name}"`;
  const where =
    namespace === undefined
      ? 'in the whole cluster: ask the operator for a ClusterRole that allows it'
      : `in the namespace "${namespace}": ask the operator for a Role that allows it`;
  return `denied: user "${user}" cannot ${verb} ${what}${which} in API group "${group}" ${where}`;
}

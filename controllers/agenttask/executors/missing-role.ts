import { systemRoles } from './content-path.ts';

const missingRole = /the role '([^']{1,200})' was not found in \S+/;

/**
 * Ansible lists folders of the run, which is gone sooner or later; this says where roles belong instead. Other texts
 * stay as they are.
 */
export function explainMissingRole(text: string): string {
  return text.replace(
    missingRole,
    (_all, role: string) =>
      `there is no role "${role}". Roles are looked for in roles/ of the controllers' content path ` +
      `(--content-path), then in ${systemRoles.join(' and ')}`,
  );
}

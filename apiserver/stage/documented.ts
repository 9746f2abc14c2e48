import { argumentOf } from './body.ts';
import { documentedCapacity } from './capacity-text.ts';
import { codes } from './codes.ts';
import { documentedSchemas } from './documented-schemas.ts';
import type { Mode } from './mode.ts';
import { texts } from './texts.ts';

/** The API as its document says. */
export const documented: Mode = {
  prefix: '',
  schemas: documentedSchemas,
  scopeNamesNode: false,
  readsNothing: () => false,
  fields: argumentOf,
  capacity: documentedCapacity,
  done({ call, entity, info, stage = '', scope = '' }) {
    const msg = texts.en.done[call]({ stage, scope });
    const statuses = JSON.stringify([{ code: codes[call].done, level: 'INFO', message: msg }]);
    return { msg, entity: Array.isArray(entity) ? entity : [entity], stage_info: info, statuses, return: 'true' };
  },
  async failed({ call, trouble: { httpStatus, message: msg } }) {
    const statuses = JSON.stringify([{ code: codes[call].failed, level: 'ERROR', message: msg }]);
    return { httpStatus, body: { msg, entity: [], stage_info: null, statuses, return: 'false' } };
  },
};

import { notLoggedIn, type Mode } from './mode.ts';

/** The API as its document says; where that is silent, as the original program did, and callers are told what to do. */
export const documented: Mode = {
  takesUuid: true,
  takesLeadingPercent: true,
  passesEmptyHosts: false,
  prefersPage: false,
  instead: {},
  refused: ({ message }) => ({ stat: false, info: message }),
  failed({ httpStatus, message }) {
    const code = httpStatus === 401 ? { code: notLoggedIn } : {};
    return { stat: false, ...code, info: message };
  },
  confirmedBy: (user) => user,
  stopped: (uuid) => ({ stat: true, uuid, msg: 'stoping' }),
  tells: () => true,
};

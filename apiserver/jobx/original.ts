import { notLoggedIn, type Mode } from './mode.ts';

/** What the log of the original program knew. */
const told: ReadonlySet<string> = new Set(['add group', 'edit group', 'delete group', 'stop task']);
/** As the original wrote it, whoever had confirmed. */
const confirmed = 'task stop';
/** A database's word for a change of no row. */
const noRow = '0E0';

/** The API as the original program answered it, so that its own clients run as they are. */
export const original: Mode = {
  takesUuid: false,
  takesLeadingPercent: false,
  passesEmptyHosts: true,
  prefersPage: true,
  instead: {
    jobxStop: { NO_TASK: { stat: true } },
    jobxStopByPut: { NO_TASK: { stat: true } },
    jobxConfirm: { NO_BATCH: { stat: true, data: noRow }, NOT_WAITING: { stat: true, data: 1 } },
    jobxDryRun: { UUID_TAKEN: { stat: null, info: 'uuid has already existed in the task' } },
  },
  refused: (error) => ({ stat: false, info: error.original }),
  failed({ code, httpStatus, message }) {
    if (httpStatus === 401) return { stat: false, code: notLoggedIn };
    return { stat: false, info: httpStatus === 403 && code !== 'GATE_CLOSED' ? 'Unauthorized' : message };
  },
  confirmedBy: () => confirmed,
  // Its clients go by msg: stat was never true here.
  stopped: (uuid) => ({ stat: false, uuid, msg: 'stoping' }),
  tells: (operation, what) => told.has(`${operation} ${what}`),
};

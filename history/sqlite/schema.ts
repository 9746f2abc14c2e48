/**
 * The steps by which the file came to its present form. Never change one that was released: files are out there that went through it. Append.
 *
 * Strings that come again and again (names of steps, hosts, modules, results) are stored once, in `text`, and named by a number. `last_day`
 * tells until when a text is needed: the latest day (since 1970) on which a task ended that uses it.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE namespace (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE text (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE, last_day INTEGER NOT NULL) STRICT;

  -- state: 0 seen, 1 complete, 2 pruned. Times are seconds since 1970. object: see objects.ts.
  CREATE TABLE task (
    key INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    namespace INTEGER NOT NULL REFERENCES namespace (id),
    name TEXT NOT NULL,
    id INTEGER,
    created INTEGER NOT NULL,
    state INTEGER NOT NULL,
    phase TEXT,
    ended INTEGER,
    correlation TEXT,
    source TEXT,
    object BLOB NOT NULL
  ) STRICT;
  CREATE INDEX task_by_name ON task (namespace, name, created);
  CREATE INDEX task_by_id ON task (id, namespace) WHERE id IS NOT NULL;
  CREATE INDEX task_by_correlation ON task (correlation, source, namespace, created) WHERE correlation IS NOT NULL;
  CREATE INDEX task_unfinished ON task (key) WHERE state = 0;
  CREATE INDEX task_by_end ON task (ended) WHERE state = 1;

  CREATE TABLE host (
    task INTEGER NOT NULL REFERENCES task (key),
    number INTEGER NOT NULL,
    name INTEGER NOT NULL,
    result INTEGER NOT NULL,
    ok INTEGER, changed INTEGER, failed INTEGER, skipped INTEGER, unreachable INTEGER,
    message TEXT,
    PRIMARY KEY (task, number)
  ) STRICT, WITHOUT ROWID;

  -- duration: seconds from the start to the end; NULL where the end is not known.
  CREATE TABLE step (
    task INTEGER NOT NULL REFERENCES task (key),
    number INTEGER NOT NULL,
    host INTEGER NOT NULL,
    name INTEGER NOT NULL,
    action INTEGER NOT NULL,
    result INTEGER NOT NULL,
    start INTEGER,
    duration INTEGER,
    ignored INTEGER,
    message TEXT,
    PRIMARY KEY (task, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE operation (
    task INTEGER NOT NULL REFERENCES task (key),
    operation TEXT NOT NULL,
    request_id TEXT NOT NULL,
    user TEXT NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (task, operation, request_id)
  ) STRICT, WITHOUT ROWID;
  `,
];

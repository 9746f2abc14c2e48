/**
 * The steps by which the file came to its present form. Never change one that was released: files are out there that
 * went through it. Append.
 *
 * The tables of a kind's details are not here: they are made as the kind declares them (see details.ts).
 *
 * Strings that come again and again (names of steps, hosts, modules, results) are stored once, in `text`, and named by
 * a number. `last_day` tells until when a text is needed: the latest day (since 1970) on which something ended that
 * uses it.
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
  // Records of any kind. A table is made anew where SQLite cannot change it in place; the rows of details, which are
  // the most, stay where they are.
  `
  CREATE TABLE scope (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    -- Empty for cluster-scoped kinds.
    namespace TEXT NOT NULL,
    UNIQUE (kind, namespace)
  ) STRICT;
  INSERT INTO scope SELECT id, 'AgentTask', name FROM namespace;

  CREATE TABLE field (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  INSERT INTO field (id, name) VALUES (1, 'correlation');
  CREATE TABLE found_by (
    scope INTEGER NOT NULL,
    field INTEGER NOT NULL,
    value TEXT NOT NULL,
    created INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (scope, field, value, created, record)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO found_by
    SELECT namespace, 1, correlation || char(10) || source, created, key FROM task
    WHERE correlation IS NOT NULL AND source IS NOT NULL;

  ALTER TABLE task RENAME TO record;
  -- generation: 0 for kinds of which an object is recorded once.
  CREATE TABLE new_record (
    key INTEGER PRIMARY KEY,
    uid TEXT NOT NULL,
    generation INTEGER NOT NULL,
    scope INTEGER NOT NULL REFERENCES scope (id),
    name TEXT NOT NULL,
    id INTEGER,
    created INTEGER NOT NULL,
    state INTEGER NOT NULL,
    phase TEXT,
    ended INTEGER,
    object BLOB NOT NULL,
    UNIQUE (uid, generation)
  ) STRICT;
  INSERT INTO new_record
    SELECT key, uid, 0, namespace, name, id, created, state, phase, ended, object FROM record ORDER BY key;
  DROP TABLE record;
  ALTER TABLE new_record RENAME TO record;
  DROP TABLE namespace;
  CREATE INDEX record_by_name ON record (scope, name, created);
  CREATE INDEX record_by_id ON record (scope, id) WHERE id IS NOT NULL;
  CREATE INDEX record_unfinished ON record (key) WHERE state = 0;
  CREATE INDEX record_by_end ON record (ended) WHERE state = 1;

  ALTER TABLE host RENAME TO agenttask_host;
  ALTER TABLE agenttask_host RENAME COLUMN task TO record;
  ALTER TABLE step RENAME TO agenttask_step;
  ALTER TABLE agenttask_step RENAME COLUMN task TO record;

  ALTER TABLE operation RENAME TO old_operation;
  -- number: the operation's place in the list of its object, 0 where it is not from there.
  CREATE TABLE operation (
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES record (key),
    operation TEXT NOT NULL,
    number INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    user TEXT NOT NULL,
    time INTEGER NOT NULL
  ) STRICT;
  INSERT INTO operation (record, operation, number, request_id, user, time)
    SELECT task, operation, 0, request_id, user, time FROM old_operation ORDER BY time, task;
  DROP TABLE old_operation;
  CREATE INDEX operation_by_record ON operation (record);
  `,
  // Seconds since 1970; NULL where it is not known, as in all that was recorded before.
  'ALTER TABLE record ADD COLUMN started INTEGER',
  // Lists and counts of what is over (see lists.ts).
  `
  CREATE TABLE listed (
    record INTEGER PRIMARY KEY REFERENCES record (key),
    scope INTEGER NOT NULL REFERENCES scope (id),
    name TEXT NOT NULL,
    user TEXT NOT NULL,
    outcome TEXT NOT NULL,
    -- Seconds since 1970; where it never ran, of its creation.
    began INTEGER NOT NULL,
    ran INTEGER NOT NULL
  ) STRICT;
  -- One for each way to ask, so that a page is read from its first line to its last, and nothing else.
  CREATE INDEX listed_by_outcome ON listed (scope, outcome, began, record);
  CREATE INDEX listed_by_user ON listed (scope, user, outcome, began, record);
  CREATE INDEX listed_by_name ON listed (scope, name, outcome, began, record);
  CREATE INDEX listed_by_name_and_user ON listed (scope, name, user, outcome, began, record);
  CREATE TABLE listed_name (scope INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (scope, name))
    STRICT, WITHOUT ROWID;
  -- Kinds of which all that is over is in the lists.
  CREATE TABLE listed_kind (kind TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  -- hours and spans: lists of numbers, in JSON.
  CREATE TABLE tally (
    scope INTEGER NOT NULL,
    day TEXT NOT NULL,
    outcome TEXT NOT NULL,
    total INTEGER NOT NULL,
    hours TEXT NOT NULL,
    spans TEXT NOT NULL,
    PRIMARY KEY (scope, day, outcome)
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE operation ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;
  UPDATE operation SET scope = (SELECT scope FROM record WHERE key = operation.record);
  CREATE INDEX operation_by_scope ON operation (scope, id);
  `,
];

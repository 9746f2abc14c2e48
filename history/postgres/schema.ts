/**
 * The steps by which the database came to its present form. Never change one that was released. Append: what an older
 * program reads and writes must go on to be there, since replicas of two releases run side by side for a while.
 *
 * As in the SQLite file (sqlite/schema.ts), but for texts, which stand where they belong, and for the lists of numbers
 * of a tally. The tables of a kind's details are made as the kind declares them (see details.ts).
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE scope (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    -- Empty for cluster-scoped kinds.
    namespace text NOT NULL,
    UNIQUE (kind, namespace)
  );

  -- generation: 0 for kinds of which an object is recorded once. state: 0 seen, 1 complete, 2 pruned. Times are seconds
  -- since 1970. object: see storage/objects.ts.
  CREATE TABLE record (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid text NOT NULL,
    generation bigint NOT NULL,
    scope bigint NOT NULL REFERENCES scope (id),
    name text NOT NULL,
    id bigint,
    created bigint NOT NULL,
    state smallint NOT NULL,
    phase text,
    started bigint,
    ended bigint,
    object bytea NOT NULL,
    UNIQUE (uid, generation)
  );
  CREATE INDEX record_by_name ON record (scope, name, created);
  CREATE INDEX record_by_id ON record (scope, id) WHERE id IS NOT NULL;
  CREATE INDEX record_unfinished ON record (key) WHERE state = 0;
  CREATE INDEX record_by_end ON record (ended) WHERE state = 1;

  CREATE TABLE found_by (
    scope bigint NOT NULL,
    field text NOT NULL,
    value text NOT NULL,
    created bigint NOT NULL,
    record bigint NOT NULL,
    PRIMARY KEY (scope, field, value, created, record)
  );

  -- number: the operation's place in the list of its object, 0 where it is not from there.
  CREATE TABLE operation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record bigint NOT NULL REFERENCES record (key),
    scope bigint NOT NULL REFERENCES scope (id),
    operation text NOT NULL,
    number bigint NOT NULL,
    request_id text NOT NULL,
    "user" text NOT NULL,
    time bigint NOT NULL
  );
  CREATE INDEX operation_by_record ON operation (record);
  CREATE INDEX operation_by_scope ON operation (scope, id);

  CREATE TABLE listed (
    record bigint PRIMARY KEY REFERENCES record (key),
    scope bigint NOT NULL REFERENCES scope (id),
    name text NOT NULL,
    "user" text NOT NULL,
    outcome text NOT NULL,
    began bigint NOT NULL,
    ran boolean NOT NULL
  );
  CREATE INDEX listed_by_outcome ON listed (scope, outcome, began, record);
  CREATE INDEX listed_by_user ON listed (scope, "user", outcome, began, record);
  CREATE INDEX listed_by_name ON listed (scope, name, outcome, began, record);
  CREATE INDEX listed_by_name_and_user ON listed (scope, name, "user", outcome, began, record);
  CREATE TABLE listed_name (scope bigint NOT NULL, name text NOT NULL, PRIMARY KEY (scope, name));

  CREATE TABLE tally (
    scope bigint NOT NULL,
    day text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    total bigint NOT NULL,
    hours integer[] NOT NULL,
    spans integer[] NOT NULL,
    PRIMARY KEY (scope, day, outcome)
  );
  `,
];

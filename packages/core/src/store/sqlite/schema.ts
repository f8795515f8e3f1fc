/**
 * The tables, as a list of migrations: version n of the file is what the first n of them make. One that was published is
 * never changed again.
 *
 * Rows of a run carry its number rather than its id: a sixth of the bytes, and no two ids to compare.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    workflow TEXT NOT NULL,
    queue TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    phase TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    tail_seq INTEGER NOT NULL,
    tail_fence INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    owner TEXT,
    lease_until INTEGER,
    wake_at INTEGER,
    execution INTEGER NOT NULL,
    recoveries INTEGER NOT NULL,
    was_lost INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    signals INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX runs_ready ON runs (queue, number) WHERE phase = 'ready' AND recoveries < 2;
  CREATE INDEX runs_ready_alone ON runs (queue, number) WHERE phase = 'ready' AND recoveries >= 2;
  CREATE INDEX runs_leased ON runs (lease_until) WHERE lease_until IS NOT NULL;
  CREATE INDEX runs_waking ON runs (wake_at) WHERE wake_at IS NOT NULL;
  CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX runs_by_workflow ON runs (workflow, number);
  CREATE INDEX runs_by_status ON runs (status, number);
  CREATE INDEX runs_by_workflow_status ON runs (workflow, status, number);

  -- Beside the run, not in it: a row is rewritten whole by every change.
  CREATE TABLE inputs (run INTEGER PRIMARY KEY, input TEXT NOT NULL, salt TEXT NOT NULL) STRICT;

  CREATE TABLE events (
    run INTEGER NOT NULL, seq INTEGER NOT NULL, fence INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE journal (
    run INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, entry TEXT NOT NULL,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE signals (
    run INTEGER NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, payload TEXT NOT NULL,
    input TEXT, at INTEGER NOT NULL,
    PRIMARY KEY (run, position), UNIQUE (run, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE idempotency (
    workflow TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, run_id TEXT NOT NULL,
    PRIMARY KEY (workflow, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_of_run ON idempotency (run_id);

  CREATE TABLE queues (queue TEXT PRIMARY KEY, turn INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX queues_by_turn ON queues (turn);

  -- Runs that were deleted, whose events, entries and signals are yet to be.
  CREATE TABLE deleted (run INTEGER PRIMARY KEY) STRICT;

  CREATE TABLE manifests (name TEXT PRIMARY KEY, manifest TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE workers (
    id TEXT PRIMARY KEY, info TEXT NOT NULL, seen_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- "ready": how often a run has become ready, so that who waits for work in another process need not look for it.
  -- "touched": how often it was tried whether the file can be written.
  CREATE TABLE counters (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counters (name, count) VALUES ('ready', 0), ('touched', 0);
  CREATE TRIGGER run_was_made AFTER INSERT ON runs BEGIN
    UPDATE counters SET count = count + 1 WHERE name = 'ready';
  END;
  CREATE TRIGGER run_became_ready AFTER UPDATE OF phase ON runs WHEN new.phase = 'ready' BEGIN
    UPDATE counters SET count = count + 1 WHERE name = 'ready';
  END;
  `,
  `
  CREATE TABLE timings (
    workflow TEXT NOT NULL, position INTEGER NOT NULL, timings TEXT NOT NULL,
    PRIMARY KEY (workflow, position)
  ) STRICT, WITHOUT ROWID;
  `,
  "ALTER TABLE runs ADD COLUMN lost_fence INTEGER NOT NULL DEFAULT 0;",
  // A tenant that is empty is none.
  `
  ALTER TABLE runs ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
  CREATE TABLE tenant_idempotency (
    workflow TEXT NOT NULL, tenant TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, run_id TEXT NOT NULL,
    PRIMARY KEY (workflow, tenant, key)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO tenant_idempotency SELECT workflow, '', key, fingerprint, run_id FROM idempotency;
  DROP TABLE idempotency;
  ALTER TABLE tenant_idempotency RENAME TO idempotency;
  CREATE INDEX idempotency_of_run ON idempotency (run_id);
  `,
  `
  -- Values that runs share. "until" is when a row is of no use any more: the value has expired, and nobody makes it anew.
  CREATE TABLE cache (
    key TEXT PRIMARY KEY, component TEXT NOT NULL, tenant TEXT, value TEXT, at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, filled_by TEXT, holder TEXT, worker TEXT, lead_until INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX cache_by_component ON cache (component, tenant);
  CREATE INDEX cache_by_tenant ON cache (tenant);
  CREATE INDEX cache_by_until ON cache (until);
  `,
  `
  -- "news": how often workers were told that it is worth asking, so that those of other processes see it.
  CREATE TABLE limits (
    limit_key TEXT PRIMARY KEY, state TEXT NOT NULL, news INTEGER NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX limits_expiring ON limits (expires_at);
  CREATE TABLE permits (
    limit_key TEXT NOT NULL, id TEXT NOT NULL, tenant TEXT NOT NULL, slot INTEGER NOT NULL, worker TEXT NOT NULL,
    phase TEXT NOT NULL, position INTEGER NOT NULL, granted INTEGER NOT NULL, lease_until INTEGER NOT NULL,
    reserved REAL NOT NULL,
    PRIMARY KEY (limit_key, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX permits_leased ON permits (lease_until);
  CREATE INDEX permits_in_line ON permits (limit_key, slot, tenant, position) WHERE phase = 'waiting';
  CREATE INDEX permits_held ON permits (limit_key, worker, granted) WHERE phase = 'held';
  CREATE TABLE limit_tenants (
    limit_key TEXT NOT NULL, slot INTEGER NOT NULL, tenant TEXT NOT NULL, turn INTEGER NOT NULL,
    PRIMARY KEY (limit_key, slot, tenant)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX limit_tenants_by_turn ON limit_tenants (limit_key, slot, turn);
  `,
  // A tenant stands in the line of a queue and a priority exactly while it has a ready run of it that need not be executed
  // alone. Who comes stands at the end, and so does one of which a run was taken.
  `
  ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
  DROP INDEX runs_ready;
  CREATE INDEX runs_ready ON runs (queue, priority, tenant, number) WHERE phase = 'ready' AND recoveries < 2;

  CREATE TABLE lines (
    queue TEXT NOT NULL, priority INTEGER NOT NULL, tenant TEXT NOT NULL, turn INTEGER NOT NULL,
    PRIMARY KEY (queue, priority, tenant)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX lines_by_turn ON lines (queue, priority DESC, turn);
  INSERT INTO lines SELECT queue, 0, tenant, min(number) FROM runs WHERE phase = 'ready' AND recoveries < 2
    GROUP BY queue, tenant;

  CREATE TRIGGER run_was_made_in_line AFTER INSERT ON runs
  WHEN NOT EXISTS (SELECT 1 FROM lines WHERE queue = new.queue AND priority = new.priority AND tenant = new.tenant)
  BEGIN
    INSERT INTO lines VALUES (new.queue, new.priority, new.tenant, (
      SELECT coalesce(max(turn), 0) + 1 FROM lines WHERE queue = new.queue AND priority = new.priority));
  END;
  CREATE TRIGGER run_came_to_line AFTER UPDATE OF phase, recoveries ON runs
  WHEN new.phase = 'ready' AND new.recoveries < 2 AND NOT EXISTS (
    SELECT 1 FROM lines WHERE queue = new.queue AND priority = new.priority AND tenant = new.tenant)
  BEGIN
    INSERT INTO lines VALUES (new.queue, new.priority, new.tenant, (
      SELECT coalesce(max(turn), 0) + 1 FROM lines WHERE queue = new.queue AND priority = new.priority));
  END;
  CREATE TRIGGER run_was_taken AFTER UPDATE OF phase ON runs
  WHEN new.phase = 'owned' AND old.phase = 'ready' AND old.recoveries < 2
  BEGIN
    UPDATE lines SET turn = (
      SELECT max(turn) + 1 FROM lines WHERE queue = old.queue AND priority = old.priority)
    WHERE queue = old.queue AND priority = old.priority AND tenant = old.tenant AND turn < (
      SELECT max(turn) FROM lines WHERE queue = old.queue AND priority = old.priority);
  END;
  CREATE TRIGGER run_left_line AFTER UPDATE OF phase, recoveries ON runs
  WHEN old.phase = 'ready' AND old.recoveries < 2 AND NOT EXISTS (
    SELECT 1 FROM runs WHERE queue = old.queue AND priority = old.priority AND tenant = old.tenant
      AND phase = 'ready' AND recoveries < 2)
  BEGIN
    DELETE FROM lines WHERE queue = old.queue AND priority = old.priority AND tenant = old.tenant;
  END;
  `,
  // Tags and metadata as JSON, where there are some. A tenant that is empty is none.
  `
  ALTER TABLE inputs ADD COLUMN tags TEXT;
  ALTER TABLE inputs ADD COLUMN metadata TEXT;
  CREATE TABLE tags (
    tag TEXT NOT NULL, tenant TEXT NOT NULL, run INTEGER NOT NULL,
    PRIMARY KEY (tag, tenant, run)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tags_of_all ON tags (tag, run);
  CREATE INDEX runs_by_tenant ON runs (tenant, number) WHERE tenant <> '';
  `,
];

/** Marks the file as a store of Alder's: "ALDR". */
export const APPLICATION_ID = 0x41_4c_44_52;

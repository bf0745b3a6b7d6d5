import type { DatabaseSync } from 'node:sqlite'

/**
 * The store's schema, one entry a version, applied in order. Entries are never edited once released: a change is a new
 * entry. `PRAGMA user_version` holds the version of a file.
 */
const VERSIONS: readonly string[] = [
  `
  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_key TEXT NOT NULL,
    content_key TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    alert_count INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'merged')),
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_pending ON deliveries (group_key, id);
  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    why TEXT NOT NULL,
    alert_count INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    group_key TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    reasons TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX cases_by_group ON cases (group_key, opened_at);
  CREATE INDEX cases_by_time ON cases (opened_at, id);
  CREATE INDEX cases_by_state ON cases (state, opened_at, id);
  CREATE TABLE case_clusters (
    cluster_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    opened_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    region TEXT NOT NULL,
    account_id TEXT NOT NULL,
    PRIMARY KEY (cluster_id, case_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX case_clusters_by_time ON case_clusters (opened_at);
  CREATE INDEX case_clusters_by_start ON case_clusters (started_at);
  CREATE INDEX case_clusters_by_case ON case_clusters (case_id);
  CREATE TABLE due (
    group_key TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX due_by_time ON due (due_at);
  CREATE TABLE effects (
    key TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intent', 'done', 'refused')),
    parameters TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    intended_at INTEGER NOT NULL,
    sent_at INTEGER,
    receipt TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX effects_by_case ON effects (case_id, intended_at);
  CREATE INDEX effects_open ON effects (state) WHERE state = 'intent';
  CREATE TABLE snoozes (
    effect_key TEXT NOT NULL,
    cluster_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    budget TEXT NOT NULL,
    is_real INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (effect_key, cluster_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX snoozes_by_cluster ON snoozes (cluster_id, from_ms);
  CREATE INDEX snoozes_by_time ON snoozes (from_ms);
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    record TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE messages (
    channel TEXT NOT NULL,
    ts TEXT NOT NULL,
    ts_ms INTEGER NOT NULL,
    thread_ts TEXT,
    bot_id TEXT,
    app_id TEXT,
    user_id TEXT,
    edited_ts TEXT,
    document TEXT,
    PRIMARY KEY (channel, ts)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX messages_by_time ON messages (channel, ts_ms);
  CREATE TABLE message_clusters (
    cluster_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    ts_ms INTEGER NOT NULL,
    ts TEXT NOT NULL,
    PRIMARY KEY (cluster_id, channel, ts_ms, ts)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX message_clusters_by_message ON message_clusters (channel, ts);
  `,
  `
  CREATE TABLE group_names (dedup_key TEXT PRIMARY KEY, group_key TEXT NOT NULL) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO group_names SELECT dedup_key, group_key FROM cases;
  CREATE TABLE case_incidents (
    incident_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    PRIMARY KEY (incident_id, case_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX case_incidents_by_case ON case_incidents (case_id);
  INSERT OR IGNORE INTO case_incidents
    SELECT json_extract(i.value, '$.id'), c.id FROM cases c, json_each(c.document, '$.incidents') i;
  CREATE TABLE incident_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    received_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    incident_id TEXT,
    group_key TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done'))
  ) STRICT;
  CREATE INDEX incident_events_open ON incident_events (group_key, incident_id) WHERE state = 'pending';
  CREATE INDEX incident_events_by_time ON incident_events (received_at);
  `,
  `
  ALTER TABLE case_clusters ADD COLUMN is_open INTEGER NOT NULL DEFAULT 1;
  UPDATE case_clusters SET is_open = 0 WHERE case_id IN (SELECT id FROM cases WHERE state = 'resolved');
  CREATE INDEX case_clusters_open_region ON case_clusters (region, opened_at) WHERE is_open = 1;
  CREATE INDEX case_clusters_open_account ON case_clusters (account_id, opened_at) WHERE is_open = 1;
  `,
  `
  ALTER TABLE cases ADD COLUMN is_quiet INTEGER NOT NULL DEFAULT 0;
  UPDATE cases SET is_quiet = 1
    WHERE state <> 'resolved' AND json_extract(document, '$.incidents[#-1].status') = 'acknowledged';
  CREATE INDEX cases_quiet ON cases (group_key) WHERE is_quiet = 1;
  `,
  `
  ALTER TABLE due ADD COLUMN is_quiet INTEGER NOT NULL DEFAULT 0;
  UPDATE due SET is_quiet = 1 WHERE group_key IN (SELECT group_key FROM cases WHERE is_quiet = 1);
  CREATE INDEX due_quiet ON due (due_at) WHERE is_quiet = 1;
  `,
]

/** The schema version that this program writes. */
export const SCHEMA_VERSION = VERSIONS.length

/**
 * Brings the file's schema forward to this program's version, or an older one, all steps in one transaction.
 * @throws Error when the file was written by a newer program: an older one must not guess what it means.
 */
export function migrate(db: DatabaseSync, version = SCHEMA_VERSION): void {
  const found = refuseNewer(db)
  if (found >= version) return
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const statements of VERSIONS.slice(found, version)) db.exec(statements)
    db.exec(`PRAGMA user_version = ${version}; COMMIT`)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** The version of the file. @throws Error when a newer program wrote it. */
export function refuseNewer(db: DatabaseSync): number {
  const found = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  if (found <= SCHEMA_VERSION) return found
  throw new Error(
    `its schema is version ${found}, this program knows up to ${SCHEMA_VERSION}: run the newer program, or restore a backup`,
  )
}

/**
 * The steps that bring a file from each format to the next, the first from nothing. A released format never changes:
 * later changes are a further step.
 */
export const schemaSteps = [
  `
  CREATE TABLE track (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE alert (
    id TEXT PRIMARY KEY, rule_id TEXT NOT NULL, state TEXT NOT NULL, fired_at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alert_by_time ON alert (fired_at);
  CREATE INDEX alert_open ON alert (fired_at) WHERE state = 'firing' OR json_extract(body, '$.recoveryOwed');
  CREATE TABLE transition (id INTEGER PRIMARY KEY, alert_id TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX transition_by_alert ON transition (alert_id);
  CREATE TABLE delivery (
    id TEXT PRIMARY KEY, destination TEXT NOT NULL, alert_id TEXT NOT NULL, state TEXT NOT NULL,
    created_at INTEGER NOT NULL, body TEXT NOT NULL, message TEXT
  ) STRICT;
  CREATE INDEX delivery_by_alert ON delivery (alert_id);
  CREATE INDEX delivery_by_time ON delivery (created_at);
  CREATE INDEX delivery_queued ON delivery (destination) WHERE state = 'queued';
  CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE session (hash TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT;
  CREATE TABLE token (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
`,
  `
  CREATE TABLE downtime (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE alert_context (alert_id TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (alert_id, at)) STRICT;
`,
  `
  CREATE TABLE measurements (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE INDEX delivery_by_destination ON delivery (destination, state, created_at);
  CREATE INDEX delivery_carrying ON delivery (id) WHERE message IS NOT NULL;
`,
  // Everything that alerts are searched by is in one index, newest last, so that a search reads only the alerts that it
  // finds.
  `
  ALTER TABLE alert ADD COLUMN severity TEXT NOT NULL DEFAULT '';
  ALTER TABLE alert ADD COLUMN source TEXT NOT NULL DEFAULT '';
  ALTER TABLE alert ADD COLUMN host TEXT NOT NULL DEFAULT '';
  ALTER TABLE alert ADD COLUMN search TEXT NOT NULL DEFAULT '';
  UPDATE alert SET
    severity = coalesce(body ->> '$.severity', ''),
    source = coalesce(body ->> '$.series.source', ''),
    host = coalesce(body ->> '$.series.host', ''),
    search = lower(substr(concat_ws(' ', body ->> '$.ruleName', body ->> '$.series.source', body ->> '$.series.metric',
      body ->> '$.series.host', body ->> '$.note'), 1, 600))
    WHERE json_valid(body);
  CREATE INDEX alert_found ON alert (fired_at, id, state, severity, rule_id, source, host, search);
  DROP INDEX alert_by_time;
`,
  `
  CREATE TABLE host (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
`,
  // An owner's decisions about a host, even one that has not sent yet.
  `
  CREATE TABLE host_tags (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
`,
  // An owner's decisions about a host that the hubs with the same database were not told yet.
  `
  CREATE TABLE untold (kind TEXT NOT NULL, host TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, host)) STRICT;
`,
];

/** The tables of the first format: a file that lacks one of them was never complete. */
export const firstTables = ['track', 'alert', 'transition', 'delivery', 'fact', 'session', 'token'];

-- What monitoring says, what follows from it, and who may speak. Times are microseconds since 1970 UTC.
CREATE TABLE request (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hook TEXT NOT NULL,
  source TEXT NOT NULL,
  received INTEGER NOT NULL,
  state TEXT NOT NULL,
  why TEXT NOT NULL DEFAULT '',
  same TEXT,
  head TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX request_same ON request (hook, same) WHERE same IS NOT NULL;
CREATE INDEX request_new ON request (id) WHERE state = 'new';
CREATE INDEX request_received ON request (received);

CREATE TABLE signal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  request INTEGER NOT NULL,
  hook TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX signal_request ON signal (request);
CREATE INDEX signal_at ON signal (at);

CREATE TABLE problem (
  hook TEXT NOT NULL,
  key TEXT NOT NULL,
  stage TEXT NOT NULL,
  due INTEGER,
  draft INTEGER NOT NULL,
  incident TEXT NOT NULL,
  component TEXT NOT NULL,
  grouped TEXT NOT NULL,
  seen INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (hook, key)
) WITHOUT ROWID;
CREATE INDEX problem_due ON problem (due) WHERE due IS NOT NULL;
CREATE INDEX problem_standing ON problem (seen) WHERE stage <> 'cleared';
CREATE INDEX problem_draft ON problem (draft) WHERE draft <> 0;
CREATE INDEX problem_incident ON problem (incident) WHERE incident <> '';

CREATE TABLE draft (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  state TEXT NOT NULL,
  due INTEGER,
  incident TEXT NOT NULL,
  created INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX draft_waiting ON draft (created) WHERE state = 'waiting';
CREATE INDEX draft_due ON draft (due) WHERE state = 'waiting' AND due IS NOT NULL;

CREATE TABLE heartbeat (
  name TEXT PRIMARY KEY,
  due INTEGER,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE token (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE kept (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  until INTEGER
) WITHOUT ROWID;
CREATE INDEX kept_until ON kept (until) WHERE until IS NOT NULL;

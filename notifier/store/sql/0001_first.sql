-- Times are microseconds since 1970 UTC. Texts that are maps or values are JSON.
CREATE TABLE incident (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  open INTEGER NOT NULL,
  retracted INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  updated INTEGER NOT NULL
);
CREATE INDEX incident_open ON incident (open, updated);

CREATE TABLE event (
  incident TEXT NOT NULL REFERENCES incident (id),
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (incident, seq)
) WITHOUT ROWID;

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  lane TEXT NOT NULL,
  incident TEXT NOT NULL,
  seq INTEGER NOT NULL,
  part INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  step TEXT NOT NULL,
  refers TEXT NOT NULL,
  key TEXT NOT NULL,
  message TEXT,
  news INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  first INTEGER NOT NULL,
  deadline INTEGER,
  state TEXT NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  owner TEXT NOT NULL DEFAULT '',
  started INTEGER,
  doubted INTEGER,
  did TEXT,
  gone INTEGER NOT NULL DEFAULT 0,
  why TEXT NOT NULL DEFAULT '',
  receipt TEXT,
  url TEXT NOT NULL DEFAULT '',
  created INTEGER NOT NULL,
  done INTEGER
);
CREATE INDEX delivery_due ON delivery (channel, first DESC, due, id) WHERE state = 'due';
CREATE INDEX delivery_head ON delivery (lane, id) WHERE state IN ('due', 'sending');
CREATE INDEX delivery_sending ON delivery (owner) WHERE state = 'sending';
CREATE INDEX delivery_deadline ON delivery (deadline) WHERE state = 'due';
CREATE INDEX delivery_said ON delivery (lane, id) WHERE state = 'sent' AND did IN ('post', 'reply') AND gone = 0;
CREATE INDEX delivery_incident ON delivery (incident, id);
CREATE INDEX delivery_trouble ON delivery (state, channel) WHERE state IN ('failed', 'unsure');

CREATE INDEX delivery_done ON delivery (done) WHERE done IS NOT NULL;

CREATE TABLE attempt (
  delivery INTEGER NOT NULL REFERENCES delivery (id),
  n INTEGER NOT NULL,
  node TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  state TEXT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (delivery, n, node)
) WITHOUT ROWID;

CREATE TABLE channel (
  name TEXT PRIMARY KEY,
  rest_until INTEGER NOT NULL DEFAULT 0,
  paced_until INTEGER NOT NULL DEFAULT 0,
  broken TEXT NOT NULL DEFAULT '',
  moved TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;

CREATE TABLE node (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  place TEXT NOT NULL,
  beat INTEGER NOT NULL
) WITHOUT ROWID;

-- name: add_incident
INSERT INTO incident (id, version, open, retracted, opened, updated, brief, revision)
VALUES (:id, :version, :open, :retracted, :opened, :updated, :brief,
  (SELECT coalesce(max(revision), 0) + 1 FROM incident))
ON CONFLICT (id) DO UPDATE SET version = excluded.version, open = excluded.open, retracted = excluded.retracted,
  updated = excluded.updated, brief = excluded.brief, revision = excluded.revision;

-- name: add_event
INSERT INTO event (incident, seq, at, kind, body) VALUES (:incident, :seq, :at, :kind, :body);

-- name: events
SELECT kind, body FROM event WHERE incident = :incident AND seq > :after ORDER BY seq;

-- name: open_ids
SELECT id FROM incident WHERE open = 1 ORDER BY updated DESC, id;

-- name: newest_ids
SELECT id FROM incident ORDER BY open DESC, updated DESC, id LIMIT :most;

-- name: newest_events
SELECT kind, body, incident FROM event WHERE at >= :since ORDER BY at DESC;

-- name: briefs
SELECT id, version, revision, updated, brief FROM incident WHERE revision > :since ORDER BY revision;

-- name: total_version
SELECT coalesce(max(revision), 0) FROM incident;

-- name: add_delivery
INSERT INTO delivery (channel, lane, incident, seq, part, recipient, step, refers, key, message, news, latest, first,
  deadline, state, due, created)
VALUES (:channel, :lane, :incident, :seq, :part, :to, :step, :refers, :key, :message, :news, :latest, :first,
  :deadline, 'due', :now, :now);

-- name: supersede
-- A newer edit of the same message, or a newer state of a board, says what an older one still waiting would have.
UPDATE delivery SET state = 'superseded', why = 'a newer one says it', done = :now
WHERE lane = :lane AND state = 'due' AND step = :step AND refers = :refers AND part = :part AND id < :id;

-- name: deliveries
SELECT * FROM delivery WHERE incident = :incident ORDER BY id;

-- name: delivery
SELECT * FROM delivery WHERE id = :id;

-- name: in_trouble
SELECT * FROM delivery WHERE state IN ('failed', 'unsure') AND done >= :since ORDER BY id;

-- name: attempts
SELECT delivery, n, node, started, ended, state, why FROM attempt
WHERE delivery IN (SELECT id FROM delivery WHERE incident = :incident) ORDER BY delivery, ended, n;

-- name: claim
-- The head of a lane only: nothing earlier in it is still open.
UPDATE delivery SET state = 'sending', owner = :node, attempts = attempts + 1, started = :now
WHERE id IN (
  SELECT d.id FROM delivery AS d
  WHERE d.channel = :channel AND d.state = 'due' AND d.due <= :now
    AND NOT EXISTS (
      SELECT 1 FROM delivery AS p WHERE p.lane = d.lane AND p.id < d.id AND p.state IN ('due', 'sending'))
  ORDER BY d.first DESC, d.due, d.id LIMIT :free)
RETURNING *;

-- name: newer_news
SELECT 1 FROM delivery WHERE lane = :lane AND id > :id AND state IN ('due', 'sending') AND news = 1 AND seq > :seq
LIMIT 1;

-- name: said_first
SELECT id, receipt FROM delivery
WHERE lane = :lane AND id < :id AND state = 'sent' AND did IN ('post', 'reply') AND gone = 0
  AND receipt IS NOT NULL ORDER BY id LIMIT 1;

-- name: said_last
SELECT id, receipt FROM delivery
WHERE lane = :lane AND id < :id AND state = 'sent' AND did IN ('post', 'reply') AND gone = 0
  AND receipt IS NOT NULL ORDER BY id DESC LIMIT 1;

-- name: said_then
SELECT id, receipt FROM delivery
WHERE lane = :lane AND id < :id AND state = 'sent' AND did IN ('post', 'reply') AND gone = 0
  AND seq = :seq AND part = :part ORDER BY id DESC LIMIT 1;

-- name: settle
-- Fenced: a node that was thought dead cannot write over what came after it.
UPDATE delivery SET state = :state, due = coalesce(:due, due), why = :why, did = coalesce(:did, did),
  doubted = :doubted, receipt = coalesce(:receipt, receipt), url = coalesce(:url, url), done = :done, owner = ''
WHERE id = :id AND owner = :node AND attempts = :attempts AND state = 'sending';

-- name: hand_back
-- Claimed, but never begun: as if it had not been claimed.
UPDATE delivery SET state = 'due', owner = '', attempts = attempts - 1
WHERE id = :id AND owner = :node AND attempts = :attempts AND state = 'sending';

-- name: add_attempt
INSERT OR REPLACE INTO attempt (delivery, n, node, started, ended, state, why)
VALUES (:id, :attempts, :node, :started, :now, :state, :why);

-- name: renew_receipt
UPDATE delivery SET receipt = :receipt, url = :url WHERE id = :id;

-- name: mark_gone
UPDATE delivery SET gone = 1 WHERE id = :id;

-- name: overdue
SELECT * FROM delivery WHERE state = 'due' AND deadline < :now;

-- name: end
UPDATE delivery SET state = :state, why = :why, doubted = :doubted, due = coalesce(:due, due), done = :done,
  receipt = coalesce(:receipt, receipt), url = coalesce(:url, url), did = coalesce(:did, did), owner = ''
WHERE id = :id AND state = :was AND owner = :owner;

-- name: next_due
-- Of heads only: what waits behind one cannot be claimed, however long it has been due.
SELECT min(d.due) FROM delivery AS d
WHERE d.channel = :channel AND d.state = 'due'
  AND NOT EXISTS (
    SELECT 1 FROM delivery AS p WHERE p.lane = d.lane AND p.id < d.id AND p.state IN ('due', 'sending'));

-- name: waiting
SELECT count(*) FROM delivery WHERE state IN ('due', 'sending');

-- name: touched
SELECT * FROM delivery WHERE done >= :since ORDER BY id;

-- name: channels
SELECT name, rest_until, paced_until, broken, moved FROM channel;

-- name: rest
INSERT INTO channel (name, rest_until) VALUES (:name, :until)
ON CONFLICT (name) DO UPDATE SET rest_until = max(rest_until, excluded.rest_until);

-- name: pace
INSERT INTO channel (name, paced_until) VALUES (:name, :until)
ON CONFLICT (name) DO UPDATE SET paced_until = excluded.paced_until;

-- name: stop
INSERT INTO channel (name, broken) VALUES (:name, :why)
ON CONFLICT (name) DO UPDATE SET broken = excluded.broken;

-- name: mend
UPDATE channel SET broken = '', rest_until = 0 WHERE name = :name;

-- name: move
INSERT INTO channel (name, moved) VALUES (:name, :moved)
ON CONFLICT (name) DO UPDATE SET moved = excluded.moved;

-- name: beat
INSERT INTO node (id, kind, place, beat) VALUES (:id, :kind, :place, :now)
ON CONFLICT (id) DO UPDATE SET beat = excluded.beat;

-- name: leave
DELETE FROM node WHERE id = :id;

-- name: nodes
SELECT id, kind, place, beat FROM node;

-- name: forget_nodes
DELETE FROM node WHERE beat < :before;

-- name: owners
SELECT DISTINCT owner FROM delivery WHERE state = 'sending';

-- name: orphans
SELECT * FROM delivery WHERE state = 'sending' AND owner = :owner ORDER BY id;

-- name: resay
-- The same change once more, at the end of its lane.
INSERT INTO delivery (channel, lane, incident, seq, part, recipient, step, refers, key, message, news, latest, first,
  deadline, state, due, created)
SELECT channel, lane, incident, seq, part, recipient, step, refers, key, message, news, 0, first,
  CASE WHEN deadline IS NULL THEN NULL ELSE :now + (deadline - created) END, 'due', :now, :now
FROM delivery WHERE id = :id;

-- name: hasten
UPDATE delivery SET due = :now WHERE state = 'due' AND channel = :channel AND due > :now;

-- name: tally
SELECT channel, state, count(*) FROM delivery GROUP BY channel, state;

-- name: add_request
INSERT INTO request (hook, source, received, state, why, same, head, body)
VALUES (:hook, :source, :received, :state, :why, :same, :head, :body)
ON CONFLICT DO NOTHING RETURNING id;

-- name: same_request
SELECT id FROM request WHERE hook = :hook AND same = :same;

-- name: new_requests
SELECT * FROM request WHERE state = 'new' ORDER BY id LIMIT :most;

-- name: request
SELECT * FROM request WHERE id = :id;

-- name: requests
SELECT * FROM request WHERE id < :before AND (:state = '' OR state = :state) AND (:hook = '' OR hook = :hook)
ORDER BY id DESC LIMIT :most;

-- name: mark_request
UPDATE request SET state = :state, why = :why WHERE id = :id;

-- name: add_signal
INSERT INTO signal (request, hook, key, kind, at, verdict, body)
VALUES (:request, :hook, :key, :kind, :at, :verdict, :body) RETURNING id;

-- name: signals
SELECT * FROM signal WHERE id < :before AND (:hook = '' OR hook = :hook) ORDER BY id DESC LIMIT :most;

-- name: forget_requests
DELETE FROM request WHERE received < :before AND state <> 'new';

-- name: forget_signals
DELETE FROM signal WHERE at < :before;

-- name: forget_kept
DELETE FROM kept WHERE until <= :now;

-- name: problem
SELECT body FROM problem WHERE hook = :hook AND key = :key;

-- name: save_problem
INSERT INTO problem (hook, key, stage, due, draft, incident, component, grouped, seen, body)
VALUES (:hook, :key, :stage, :due, :draft, :incident, :component, :grouped, :seen, :body)
ON CONFLICT (hook, key) DO UPDATE SET stage = excluded.stage, due = excluded.due, draft = excluded.draft,
  incident = excluded.incident, component = excluded.component, grouped = excluded.grouped, seen = excluded.seen,
  body = excluded.body;

-- name: due_problems
SELECT body FROM problem WHERE due <= :now ORDER BY due, hook, key LIMIT :most;

-- name: standing
SELECT body FROM problem WHERE stage <> 'cleared' ORDER BY seen DESC, hook, key LIMIT :most;

-- name: members_draft
SELECT body FROM problem WHERE draft <> 0 AND draft = :draft ORDER BY seen DESC, hook, key;

-- name: members_incident
SELECT body FROM problem WHERE incident <> '' AND incident = :incident ORDER BY seen DESC, hook, key;

-- name: add_draft
INSERT INTO draft (state, due, incident, created, body) VALUES (:state, :due, :incident, :created, :body)
RETURNING id;

-- name: save_draft
UPDATE draft SET state = :state, due = :due, incident = :incident, body = :body WHERE id = :id;

-- name: draft
SELECT id, body FROM draft WHERE id = :id;

-- name: waiting_drafts
SELECT id, body FROM draft WHERE state = 'waiting' ORDER BY created DESC, id DESC LIMIT :most;

-- name: drafts
SELECT id, body FROM draft ORDER BY id DESC LIMIT :most;

-- name: due_drafts
SELECT id, body FROM draft WHERE state = 'waiting' AND due <= :now ORDER BY due, id;

-- name: next_intake_due
SELECT min(due) FROM (
  SELECT min(due) AS due FROM problem WHERE due IS NOT NULL
  UNION ALL SELECT min(due) FROM draft WHERE state = 'waiting' AND due IS NOT NULL);

-- name: heartbeat
SELECT body FROM heartbeat WHERE name = :name;

-- name: heartbeats
SELECT body FROM heartbeat ORDER BY name;

-- name: save_heartbeat
INSERT INTO heartbeat (name, due, body) VALUES (:name, :due, :body)
ON CONFLICT (name) DO UPDATE SET due = excluded.due, body = excluded.body;

-- name: add_token
INSERT INTO token (id, hash, created, body) VALUES (:id, :hash, :created, :body)
ON CONFLICT (id) DO UPDATE SET body = excluded.body;

-- name: token
SELECT body FROM token WHERE hash = :hash;

-- name: tokens
SELECT body FROM token ORDER BY created, id;

-- name: drop_token
DELETE FROM token WHERE id = :id RETURNING id;

-- name: keep
INSERT INTO kept (name, value, until) VALUES (:name, :value, :until)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, until = excluded.until;

-- name: kept
SELECT value FROM kept WHERE name = :name AND (until IS NULL OR until > :now);

-- name: intake_counts
SELECT 'request', state, count(*) FROM request GROUP BY state
UNION ALL SELECT 'problem', stage, count(*) FROM problem GROUP BY stage
UNION ALL SELECT 'draft', state, count(*) FROM draft GROUP BY state;

-- name: crowd
-- Problems that are not cleared, those alike as one: what a storm of ten thousand alerts is to the judge.
SELECT stage, draft, incident, component, grouped, json_extract(body, '$.impact') AS impact, count(*),
  min(json_extract(body, '$.since'))
FROM problem WHERE stage <> 'cleared'
GROUP BY stage, draft, incident, component, grouped, impact;

-- name: move_members
UPDATE problem SET draft = 0, incident = :incident,
  body = json_set(json_remove(body, '$.draft'), '$.incident', :incident) WHERE draft <> 0 AND draft = :draft;

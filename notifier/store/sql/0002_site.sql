-- The status page reads briefs instead of events. `revision` grows with every change of any incident; as a whole it
-- goes on from the sum of versions, so that no reader ever sees a smaller number. The briefs of incidents that are
-- already there are written by notifier/store/files.py.
ALTER TABLE incident ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN brief TEXT NOT NULL DEFAULT '';
UPDATE incident SET revision = (SELECT sum(version) - count(*) FROM incident) + ranked.place
FROM (SELECT id, row_number() OVER (ORDER BY updated, id) AS place FROM incident) AS ranked
WHERE incident.id = ranked.id;
CREATE UNIQUE INDEX incident_revision ON incident (revision);

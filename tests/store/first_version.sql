INSERT INTO incident VALUES ('bcdf', 1, 1, 0, 1321884000000000, 1321884000000000);
INSERT INTO event VALUES ('bcdf', 1, 1321884000000000, 'opened',
  '{"seq":1,"stamp":{"at":"2011-11-21T14:00:00+00:00","by":"anna","source":"cli"},"title":{"de":"Sprachserver gestört"},"text":{"de":"Weg."},"components":["voice"],"impact":"critical","phase":"investigating","began":"2011-11-21T14:00:00+00:00"}');
INSERT INTO delivery (channel, lane, incident, seq, part, recipient, step, refers, key, message, news, latest, first,
  state, due, created)
VALUES ('mail', 'mail/bcdf/a@example.org', 'bcdf', 1, 0, 'a@example.org', 'post', '', 'k',
  '{"key":"k","text":"Weg."}', 1, 1, 1, 'due', 1321884000000000, 1321884000000000);

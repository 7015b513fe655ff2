-- A host, an item that asks it each second, a trigger, and an action that sends by our media type: what an admin would
-- click in the frontend. psql sets :url, :token, :script, :key and each parameter of the media type.
INSERT INTO role (roleid, name, type) VALUES (3, 'Super admin role', 3);
INSERT INTO usrgrp (usrgrpid, name) VALUES (7, 'Zabbix administrators');
INSERT INTO users (userid, username, roleid) VALUES (1, 'Admin', 3), (2, 'Bert', 3);
INSERT INTO users_groups (id, usrgrpid, userid) VALUES (1, 7, 1), (2, 7, 2);
INSERT INTO hstgrp (groupid, name) VALUES (5, 'Discovered hosts');
INSERT INTO config (configid, alert_usrgrpid, discovery_groupid) VALUES (1, 7, 5);
INSERT INTO config_autoreg_tls (autoreg_tlsid) VALUES (1);
INSERT INTO globalmacro (globalmacroid, macro, value) VALUES (1, '{$NOTIFIER_TOKEN}', :'token');

INSERT INTO hosts (hostid, host, name, name_upper) VALUES (1, 'voice1', 'Voice 1', 'VOICE 1');
INSERT INTO hosts_groups (hostgroupid, hostid, groupid) VALUES (1, 1, 5);
INSERT INTO interface (interfaceid, hostid, main) VALUES (1, 1, 1);
INSERT INTO items (itemid, type, hostid, name, key_, delay, value_type, interfaceid)
  VALUES (1, 3, 1, 'HTTP answers', :'key', '1s', 3, 1);
INSERT INTO item_rtdata (itemid) VALUES (1);
INSERT INTO triggers (triggerid, expression, description, priority) VALUES (1, '{1}=0', 'No answer "from" {HOST.NAME}', 4);
INSERT INTO functions (functionid, itemid, triggerid, name, parameter) VALUES (1, 1, 1, 'last', '$');
INSERT INTO trigger_tag (triggertagid, triggerid, tag, value) VALUES (1, 1, 'component', 'voice');

INSERT INTO media_type (mediatypeid, type, name, script) VALUES (1, 4, 'Outage notifier', :'script');
INSERT INTO media_type_message (mediatype_messageid, mediatypeid, eventsource, recovery, subject, message)
  VALUES (1, 1, 0, 0, 'Problem: {EVENT.NAME}', ''), (2, 1, 0, 1, 'Resolved: {EVENT.NAME}', ''),
  (3, 1, 0, 2, 'Updated: {EVENT.NAME}', '');
INSERT INTO media (mediaid, userid, mediatypeid, sendto) VALUES (1, 1, 1, 'notifier');
INSERT INTO actions (actionid, name) VALUES (1, 'Tell the notifier');
INSERT INTO operations (operationid, actionid, operationtype, recovery) VALUES (1, 1, 0, 0), (2, 1, 11, 1), (3, 1, 12, 2);
INSERT INTO opmessage (operationid, mediatypeid) VALUES (1, 1), (2, NULL), (3, NULL);
INSERT INTO opmessage_usr (opmessage_usrid, operationid, userid) VALUES (1, 1, 1);

-- SPDX-License-Identifier: GPL-3.0-or-later
-- What people are to be told, and to whom it has been handed.

CREATE TABLE notification (
  id      INTEGER PRIMARY KEY,
  event   TEXT NOT NULL UNIQUE,          -- "night:42": nothing is told twice
  kind    TEXT NOT NULL CHECK (kind IN ('regression confirmed', 'host quarantined', 'nightly finished')),
  subject TEXT NOT NULL,
  body    TEXT NOT NULL,                 -- for people, several lines
  facts   TEXT NOT NULL,                 -- for programs, a JSON object
  created REAL NOT NULL
) STRICT;

CREATE TABLE delivery (
  notification INTEGER NOT NULL REFERENCES notification ON DELETE CASCADE,
  channel      TEXT NOT NULL,            -- name of a [[notify]]
  state        TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given up')),
  attempts     INTEGER NOT NULL DEFAULT 0,
  next_attempt REAL NOT NULL,
  last_error   TEXT NOT NULL DEFAULT '',
  finished     REAL,
  PRIMARY KEY (notification, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_waiting ON delivery (next_attempt) WHERE state = 'waiting';

-- What had happened before there were notifications is told to nobody.
CREATE TABLE notification_begin (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  time REAL NOT NULL
) STRICT;
INSERT INTO notification_begin VALUES (1, unixepoch());

CREATE INDEX event_of_quarantine ON host_event (id) WHERE kind = 'quarantine';

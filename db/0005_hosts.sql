-- SPDX-License-Identifier: GPL-3.0-or-later
-- Bare-metal hosts: who has them, who may not have them, and what happened to them.

ALTER TABLE arm ADD COLUMN machine_request TEXT NOT NULL DEFAULT '';  -- a pool or labels, where no machine was named

-- Where a boot ran. An arm that asked for a pool may move to another host before its first result.
ALTER TABLE boot ADD COLUMN machine TEXT NOT NULL DEFAULT '';
UPDATE boot SET machine = (SELECT arm.machine FROM slot JOIN arm ON slot.arm = arm.id WHERE slot.id = boot.slot);
CREATE INDEX boot_of_machine ON boot (machine, id);

-- What is in use, written before it is used. A row that a killed daemon left tells what must be put to rest.
CREATE TABLE lease (
  host       TEXT PRIMARY KEY,
  experiment INTEGER REFERENCES experiment ON DELETE CASCADE,  -- of purpose 'experiment'
  purpose    TEXT NOT NULL CHECK (purpose IN ('experiment', 'probe', 'end of use')),
  since      REAL NOT NULL,
  CHECK ((purpose = 'experiment') = (experiment IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  host   TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  person TEXT NOT NULL,                  -- who put it there; "klabd" where it failed
  since  REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reservation (
  host    TEXT PRIMARY KEY,
  person  TEXT NOT NULL,                 -- whose experiments alone may have it
  made_by TEXT NOT NULL,
  since   REAL NOT NULL,
  until   REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE host_event (
  id   INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  time REAL NOT NULL,
  kind TEXT NOT NULL,                    -- quarantine, release, reserve, reservation ended, moved, probe
  text TEXT NOT NULL
) STRICT;
CREATE INDEX event_of_host ON host_event (host, id);

-- The latest look at a host.
CREATE TABLE host_probe (
  host TEXT PRIMARY KEY,
  time REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE probe_finding (
  host     TEXT NOT NULL REFERENCES host_probe ON DELETE CASCADE,
  position INTEGER NOT NULL,
  subject  TEXT NOT NULL,
  good     INTEGER NOT NULL CHECK (good IN (0, 1)),
  text     TEXT NOT NULL,
  remedy   TEXT NOT NULL,
  PRIMARY KEY (host, position)
) STRICT, WITHOUT ROWID;

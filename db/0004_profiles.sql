-- SPDX-License-Identifier: GPL-3.0-or-later
-- Boots that are profiled: one more per arm, after all others, never measured.

ALTER TABLE experiment ADD COLUMN profile INTEGER NOT NULL DEFAULT 0 CHECK (profile IN (0, 1));

-- Places of boots that are profiled; they stand behind the last one that is measured.
ALTER TABLE slot ADD COLUMN profile INTEGER NOT NULL DEFAULT 0 CHECK (profile IN (0, 1));

CREATE TABLE profile (
  boot      INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  workload  TEXT NOT NULL,
  case_name TEXT NOT NULL,
  position  INTEGER NOT NULL,            -- in which the cases ran
  method    TEXT NOT NULL CHECK (method IN ('cycles', 'cpu-clock')),
  hz        INTEGER NOT NULL,
  samples   INTEGER NOT NULL,            -- all: user, idle, runner, other and those of profile_symbol
  user      INTEGER NOT NULL,
  idle      INTEGER NOT NULL,
  runner    INTEGER NOT NULL,            -- the guest's own runner
  other     INTEGER NOT NULL,            -- functions that are not in profile_symbol
  lost      INTEGER NOT NULL,            -- dropped by the guest
  PRIMARY KEY (boot, workload, case_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE profile_symbol (
  boot      INTEGER NOT NULL,
  workload  TEXT NOT NULL,
  case_name TEXT NOT NULL,
  position  INTEGER NOT NULL,            -- hottest first
  symbol    TEXT NOT NULL,
  module    TEXT NOT NULL,               -- empty: the kernel proper
  samples   INTEGER NOT NULL CHECK (samples > 0),
  PRIMARY KEY (boot, workload, case_name, position),
  FOREIGN KEY (boot, workload, case_name) REFERENCES profile ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Sampling costs time, so no number of such a boot may ever be taken for a measurement.
CREATE TRIGGER sample_of_profile BEFORE INSERT ON sample
WHEN (SELECT slot.profile FROM boot JOIN slot ON boot.slot = slot.id WHERE boot.id = NEW.boot) = 1
BEGIN
  SELECT RAISE(ABORT, 'a boot that is profiled is not measured');
END;
CREATE TRIGGER summary_of_profile BEFORE INSERT ON summary
WHEN (SELECT slot.profile FROM boot JOIN slot ON boot.slot = slot.id WHERE boot.id = NEW.boot) = 1
BEGIN
  SELECT RAISE(ABORT, 'a boot that is profiled is not measured');
END;

-- SPDX-License-Identifier: GPL-3.0-or-later
-- What passes say of how they were measured; what a workload puts under every arm; how arms are shown.

CREATE TABLE workload_fact (
  experiment  INTEGER NOT NULL,
  workload    TEXT NOT NULL,
  position    INTEGER NOT NULL,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  shown       INTEGER NOT NULL,
  PRIMARY KEY (experiment, workload, name),
  FOREIGN KEY (experiment, workload) REFERENCES workload (experiment, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE fact (
  boot      INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  workload  TEXT NOT NULL,
  case_name TEXT NOT NULL,
  name      TEXT NOT NULL,
  pass      INTEGER NOT NULL,
  warmup    INTEGER NOT NULL,
  text      TEXT NOT NULL,
  PRIMARY KEY (boot, workload, case_name, name, pass, warmup)
) STRICT, WITHOUT ROWID;

ALTER TABLE workload ADD COLUMN instrument INTEGER REFERENCES series;  -- applied under every arm
ALTER TABLE arm ADD COLUMN title TEXT NOT NULL DEFAULT '';             -- in the table of all arms, for the label
ALTER TABLE arm ADD COLUMN heading TEXT NOT NULL DEFAULT '';           -- arms of one heading stand together there

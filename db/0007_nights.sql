-- SPDX-License-Identifier: GPL-3.0-or-later
-- Matrices: the places they have, the nights they ran, and what became of every place each night.

CREATE TABLE cell (                      -- one place of a matrix, the same every night
  id           INTEGER PRIMARY KEY,
  matrix       TEXT NOT NULL,
  label        TEXT NOT NULL,            -- what people read and type; says whatever tells it from the others
  tree         TEXT NOT NULL,
  ref          TEXT NOT NULL,
  series       TEXT NOT NULL,            -- name in the matrix; empty: the tree as it is
  kconfig      TEXT NOT NULL,            -- name in the matrix, or the fragments
  command_line TEXT NOT NULL,
  machine      TEXT NOT NULL,            -- a name, or labels
  workload     TEXT NOT NULL,            -- requests with their parameters, spaces between
  accepted     INTEGER REFERENCES night_cell,  -- a person took this night as good
  UNIQUE (matrix, label)
) STRICT;

CREATE TABLE night (
  id         INTEGER PRIMARY KEY,
  matrix     TEXT NOT NULL,
  date       TEXT NOT NULL,              -- 2026-11-21, local, on which it began
  origin     TEXT NOT NULL CHECK (origin IN ('nightly', 'by hand')),
  person     TEXT NOT NULL,
  started    REAL NOT NULL,
  finished   REAL,
  deadline   REAL,                       -- what has not begun by then is put off
  definition TEXT NOT NULL               -- the matrix file as it was
) STRICT;
CREATE INDEX night_of_matrix ON night (matrix, id);

CREATE TABLE night_tree (                -- how fetching went
  night   INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
  tree    TEXT NOT NULL,
  good    INTEGER NOT NULL CHECK (good IN (0, 1)),
  message TEXT NOT NULL,
  PRIMARY KEY (night, tree)
) STRICT, WITHOUT ROWID;

CREATE TABLE night_cell (
  id               INTEGER PRIMARY KEY,
  night            INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
  cell             INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
  position         INTEGER NOT NULL,     -- in which they are run
  state            TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'skipped', 'put off', 'lab error')),
  reason           TEXT NOT NULL DEFAULT '',
  kind             TEXT NOT NULL CHECK (kind IN ('comparison', 'A/A')),
  commit_id        TEXT NOT NULL DEFAULT '',  -- tonight's
  reference_commit TEXT NOT NULL DEFAULT '',  -- the pinned one
  inputs           TEXT NOT NULL DEFAULT '',  -- hash of all that is measured
  estimate         REAL,                 -- seconds
  experiment       INTEGER REFERENCES experiment,
  last_good        INTEGER REFERENCES night_cell,  -- what tonight is compared with
  last_good_failed INTEGER NOT NULL DEFAULT 0 CHECK (last_good_failed IN (0, 1)),  -- its kernel no longer builds or boots
  verdict          TEXT NOT NULL DEFAULT '',  -- tonight against it; see model/night.hpp
  fingerprint      TEXT NOT NULL DEFAULT '',  -- digest of the host it ran on
  UNIQUE (night, cell)
) STRICT;
CREATE INDEX night_of_cell ON night_cell (cell, night);
CREATE INDEX night_of_failed_last_good ON night_cell (last_good) WHERE last_good_failed = 1;
CREATE UNIQUE INDEX night_of_experiment ON night_cell (experiment) WHERE experiment IS NOT NULL;

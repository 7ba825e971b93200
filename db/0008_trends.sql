-- SPDX-License-Identifier: GPL-3.0-or-later
-- What nights add up to: points of the trend, change points, investigations; noise floors; confirmations.

-- Derived from a night's experiment when it is done; could be computed again from its samples.
CREATE TABLE trend_point (
  night_cell INTEGER NOT NULL REFERENCES night_cell ON DELETE CASCADE,
  workload   TEXT NOT NULL,
  case_name  TEXT NOT NULL,
  metric     TEXT NOT NULL,
  is_ratio   INTEGER NOT NULL CHECK (is_ratio IN (0, 1)),
  estimate   REAL NOT NULL,              -- tonight against the pinned reference: ratio, or difference
  low        REAL NOT NULL,
  high       REAL NOT NULL,
  change     REAL,                       -- tonight against last good: ratio minus 1, or difference
  verdict    TEXT NOT NULL DEFAULT '',   -- of that
  PRIMARY KEY (night_cell, workload, case_name, metric)
) STRICT, WITHOUT ROWID;

CREATE TABLE investigation (
  id         INTEGER PRIMARY KEY,
  cell       INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
  last_good  INTEGER NOT NULL REFERENCES night_cell,
  first_bad  INTEGER NOT NULL REFERENCES night_cell,
  workload   TEXT NOT NULL,              -- the row that shows it best
  case_name  TEXT NOT NULL,
  metric     TEXT NOT NULL,
  source     TEXT NOT NULL CHECK (source IN ('change point', 'morning verdict', 'by hand')),
  p          REAL,
  is_ratio   INTEGER NOT NULL DEFAULT 1 CHECK (is_ratio IN (0, 1)),
  magnitude  REAL NOT NULL,              -- ratio minus 1, or difference, as it was seen
  found      REAL NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('waiting', 'confirming', 'bisecting', 'ended')),
  result     TEXT NOT NULL DEFAULT '',   -- of one that has ended; see model/trend.hpp
  culprit    TEXT NOT NULL DEFAULT '',   -- commit
  conclusion TEXT NOT NULL DEFAULT '',   -- a sentence for people
  finished   REAL,
  CHECK ((state = 'ended') = (finished IS NOT NULL))
) STRICT;
CREATE INDEX investigation_of_cell ON investigation (cell, id);

CREATE TABLE investigation_step (
  investigation INTEGER NOT NULL REFERENCES investigation ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('confirm', 'bisect')),
  commit_id     TEXT NOT NULL,
  experiment    INTEGER REFERENCES experiment,
  mark          TEXT NOT NULL DEFAULT '' CHECK (mark IN ('', 'good', 'bad', 'skip', 'undecided')),
  text          TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (investigation, position)
) STRICT, WITHOUT ROWID;

-- Of the newest analysis; replaced whole after every night.
CREATE TABLE change_point (
  cell          INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
  workload      TEXT NOT NULL,
  case_name     TEXT NOT NULL,
  metric        TEXT NOT NULL,
  night_cell    INTEGER NOT NULL REFERENCES night_cell ON DELETE CASCADE,  -- the first after it
  p             REAL NOT NULL,
  is_ratio      INTEGER NOT NULL DEFAULT 1 CHECK (is_ratio IN (0, 1)),
  magnitude     REAL NOT NULL,           -- ratio minus 1, or difference
  investigation INTEGER REFERENCES investigation ON DELETE SET NULL,
  PRIMARY KEY (cell, workload, case_name, metric, night_cell)
) STRICT, WITHOUT ROWID;

-- What A/A runs saw: |r - 1| (or the size of the difference) per host and row.
CREATE TABLE noise (
  experiment INTEGER NOT NULL REFERENCES experiment ON DELETE CASCADE,
  host       TEXT NOT NULL,              -- machine
  workload   TEXT NOT NULL,
  case_name  TEXT NOT NULL,
  metric     TEXT NOT NULL,
  time       REAL NOT NULL,
  is_ratio   INTEGER NOT NULL CHECK (is_ratio IN (0, 1)),
  size       REAL NOT NULL,
  PRIMARY KEY (host, workload, case_name, metric, experiment)
) STRICT, WITHOUT ROWID;
CREATE INDEX noise_of_row ON noise (host, workload, case_name, metric, time, experiment);

ALTER TABLE experiment ADD COLUMN confirm INTEGER NOT NULL DEFAULT 0 CHECK (confirm IN (0, 1));  -- the user asked for it
ALTER TABLE experiment ADD COLUMN confirms INTEGER REFERENCES experiment;  -- fresh boots of that one

-- What has been looked at, so that every night and run is taken in once.
ALTER TABLE night_cell ADD COLUMN derived INTEGER NOT NULL DEFAULT 0 CHECK (derived IN (0, 1));  -- its points are stored
ALTER TABLE night ADD COLUMN analysed INTEGER NOT NULL DEFAULT 0 CHECK (analysed IN (0, 1));
ALTER TABLE experiment ADD COLUMN seen INTEGER NOT NULL DEFAULT 0 CHECK (seen IN (0, 1));  -- for noise and confirmation
CREATE INDEX experiment_unseen ON experiment (id) WHERE state = 'done' AND seen = 0;
CREATE UNIQUE INDEX experiment_confirms ON experiment (confirms) WHERE confirms IS NOT NULL;
CREATE INDEX night_cell_underived ON night_cell (id) WHERE state = 'done' AND derived = 0;
CREATE INDEX investigation_open ON investigation (id) WHERE state <> 'ended';
CREATE UNIQUE INDEX step_of_experiment ON investigation_step (experiment) WHERE experiment IS NOT NULL;

-- SPDX-License-Identifier: GPL-3.0-or-later
-- Growth: names of rows and long texts are stored once, what repeats itself is compressed, what is counted is
-- counted as it happens. Views keep the names and columns that people query: sample, summary, fact.

-- What a number is of. Of a fact, metric is its name.
CREATE TABLE row_name (
  id        INTEGER PRIMARY KEY,
  workload  TEXT NOT NULL,
  case_name TEXT NOT NULL,
  metric    TEXT NOT NULL,
  UNIQUE (workload, case_name, metric)
) STRICT;

CREATE TABLE fact_text (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE sample_value (
  boot   INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  row    INTEGER NOT NULL REFERENCES row_name,
  pass   INTEGER NOT NULL,
  warmup INTEGER NOT NULL,
  value  REAL NOT NULL,
  PRIMARY KEY (boot, row, pass, warmup)
) STRICT, WITHOUT ROWID;

CREATE TABLE summary_value (
  boot   INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  row    INTEGER NOT NULL REFERENCES row_name,
  value  REAL NOT NULL,
  passes INTEGER NOT NULL,
  PRIMARY KEY (boot, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE fact_value (
  boot   INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  row    INTEGER NOT NULL REFERENCES row_name,
  pass   INTEGER NOT NULL,
  warmup INTEGER NOT NULL,
  text   INTEGER NOT NULL REFERENCES fact_text,
  PRIMARY KEY (boot, row, pass, warmup)
) STRICT, WITHOUT ROWID;

INSERT INTO row_name (workload, case_name, metric)
  SELECT workload, case_name, metric FROM (
    SELECT DISTINCT workload, case_name, metric FROM sample
    UNION SELECT DISTINCT workload, case_name, metric FROM summary
    UNION SELECT DISTINCT workload, case_name, name FROM fact);
INSERT INTO fact_text (text) SELECT DISTINCT text FROM fact;
INSERT INTO sample_value SELECT boot, row_name.id, pass, warmup, value
  FROM sample JOIN row_name USING (workload, case_name, metric) ORDER BY 1, 2, 3, 4;
INSERT INTO summary_value SELECT boot, row_name.id, value, passes
  FROM summary JOIN row_name USING (workload, case_name, metric) ORDER BY 1, 2;
INSERT INTO fact_value SELECT boot, row_name.id, pass, warmup, fact_text.id
  FROM fact JOIN row_name ON row_name.workload = fact.workload AND row_name.case_name = fact.case_name AND row_name.metric = fact.name
  JOIN fact_text ON fact_text.text = fact.text ORDER BY 1, 2, 3, 4;
DROP TABLE sample;  -- their triggers go with them
DROP TABLE summary;
DROP TABLE fact;

-- LEFT, so that SQLite need not look a name up that nobody asked for.
CREATE VIEW sample AS SELECT boot, workload, case_name, metric, pass, warmup, value
  FROM sample_value LEFT JOIN row_name ON row_name.id = sample_value.row;
CREATE VIEW summary AS SELECT boot, workload, case_name, metric, value, passes
  FROM summary_value LEFT JOIN row_name ON row_name.id = summary_value.row;
CREATE VIEW fact AS SELECT boot, workload, case_name, metric AS name, pass, warmup, fact_text.text AS text
  FROM fact_value LEFT JOIN row_name ON row_name.id = fact_value.row LEFT JOIN fact_text ON fact_text.id = fact_value.text;

-- Sampling costs time, so no number of such a boot may ever be taken for a measurement.
CREATE TRIGGER sample_of_profile BEFORE INSERT ON sample_value
WHEN (SELECT slot.profile FROM boot JOIN slot ON boot.slot = slot.id WHERE boot.id = NEW.boot) = 1
BEGIN
  SELECT RAISE(ABORT, 'a boot that is profiled is not measured');
END;
CREATE TRIGGER summary_of_profile BEFORE INSERT ON summary_value
WHEN (SELECT slot.profile FROM boot JOIN slot ON boot.slot = slot.id WHERE boot.id = NEW.boot) = 1
BEGIN
  SELECT RAISE(ABORT, 'a boot that is profiled is not measured');
END;

-- Long texts. A console is nearly the one before it: what is compressed against another text is some hundred bytes.
CREATE TABLE text (
  id       INTEGER PRIMARY KEY,
  encoding INTEGER NOT NULL CHECK (encoding IN (0, 1)),  -- 0: as it is, 1: zlib
  base     INTEGER REFERENCES text,      -- whose last 32 KiB are zlib's dictionary
  size     INTEGER NOT NULL,             -- bytes of the text itself
  digest   BLOB,                         -- SHA-256 of the text, where equal ones are stored once
  bytes    BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX text_of_digest ON text (digest) WHERE digest IS NOT NULL;

CREATE TABLE text_base (                 -- what the next text of a kind is compressed against
  kind TEXT PRIMARY KEY,
  text INTEGER NOT NULL REFERENCES text
) STRICT, WITHOUT ROWID;

-- Where these are not NULL, the column of the older name is empty.
ALTER TABLE boot ADD COLUMN console_text INTEGER REFERENCES text;
ALTER TABLE boot ADD COLUMN reproduce_text INTEGER REFERENCES text;
ALTER TABLE boot ADD COLUMN guest_facts_text INTEGER REFERENCES text;
ALTER TABLE build ADD COLUMN log_text INTEGER REFERENCES text;
ALTER TABLE build ADD COLUMN config_text INTEGER REFERENCES text;
ALTER TABLE patch ADD COLUMN mail_text INTEGER REFERENCES text;
ALTER TABLE arm_kconfig ADD COLUMN long_text INTEGER REFERENCES text;

-- What is asked for often.
CREATE INDEX experiment_unfinished ON experiment (id) WHERE state <> 'done';
CREATE INDEX slot_of_arm ON slot (arm);
CREATE INDEX arm_of_machine ON arm (machine, experiment);
CREATE INDEX boot_under_way ON boot (id) WHERE outcome IS NULL;

-- Counters that only grow, for those who watch the lab: nobody counts a million rows every fifteen seconds.
CREATE TABLE boot_total (
  machine TEXT NOT NULL,
  outcome TEXT NOT NULL,
  number  INTEGER NOT NULL,
  seconds REAL NOT NULL,
  within_30 INTEGER NOT NULL, within_60 INTEGER NOT NULL, within_120 INTEGER NOT NULL, within_300 INTEGER NOT NULL,
  within_600 INTEGER NOT NULL, within_1800 INTEGER NOT NULL,  -- of number, those that took at most so many seconds
  PRIMARY KEY (machine, outcome)
) STRICT, WITHOUT ROWID;
INSERT INTO boot_total
  SELECT machine, outcome, count(*), total(finished - started), count(*) FILTER (WHERE finished - started <= 30),
         count(*) FILTER (WHERE finished - started <= 60), count(*) FILTER (WHERE finished - started <= 120),
         count(*) FILTER (WHERE finished - started <= 300), count(*) FILTER (WHERE finished - started <= 600),
         count(*) FILTER (WHERE finished - started <= 1800)
    FROM boot WHERE outcome IS NOT NULL AND finished IS NOT NULL GROUP BY machine, outcome;
CREATE TRIGGER boot_is_counted AFTER UPDATE OF outcome ON boot WHEN OLD.outcome IS NULL AND NEW.outcome IS NOT NULL
BEGIN
  INSERT INTO boot_total VALUES (NEW.machine, NEW.outcome, 1, NEW.finished - NEW.started, NEW.finished - NEW.started <= 30,
      NEW.finished - NEW.started <= 60, NEW.finished - NEW.started <= 120, NEW.finished - NEW.started <= 300,
      NEW.finished - NEW.started <= 600, NEW.finished - NEW.started <= 1800)
    ON CONFLICT DO UPDATE SET number = number + 1, seconds = seconds + excluded.seconds,
      within_30 = within_30 + excluded.within_30, within_60 = within_60 + excluded.within_60,
      within_120 = within_120 + excluded.within_120, within_300 = within_300 + excluded.within_300,
      within_600 = within_600 + excluded.within_600, within_1800 = within_1800 + excluded.within_1800;
END;

CREATE TABLE build_total (
  outcome    TEXT NOT NULL,
  from_cache INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  seconds    REAL NOT NULL,
  PRIMARY KEY (outcome, from_cache)
) STRICT, WITHOUT ROWID;
INSERT INTO build_total SELECT outcome, from_cache, count(*), total(finished - started)
  FROM build WHERE outcome IS NOT NULL AND finished IS NOT NULL GROUP BY outcome, from_cache;
CREATE TRIGGER build_is_counted AFTER UPDATE OF outcome ON build WHEN OLD.outcome IS NULL AND NEW.outcome IS NOT NULL
BEGIN
  INSERT INTO build_total VALUES (NEW.outcome, NEW.from_cache, 1, NEW.finished - NEW.started)
    ON CONFLICT DO UPDATE SET number = number + 1, seconds = seconds + excluded.seconds;
END;

CREATE TABLE experiment_total (
  outcome TEXT PRIMARY KEY,
  number  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO experiment_total SELECT outcome, count(*) FROM experiment WHERE outcome IS NOT NULL GROUP BY outcome;
CREATE TRIGGER experiment_is_counted AFTER UPDATE OF outcome ON experiment WHEN OLD.outcome IS NULL AND NEW.outcome IS NOT NULL
BEGIN
  INSERT INTO experiment_total VALUES (NEW.outcome, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;

CREATE TABLE sample_total (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  number INTEGER NOT NULL
) STRICT;
INSERT INTO sample_total SELECT 1, count(*) FROM sample_value;

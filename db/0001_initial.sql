-- SPDX-License-Identifier: GPL-3.0-or-later
-- The lab's memory. Text is UTF-8, times are UTC seconds since the epoch, durations are seconds.
-- What was asked for (experiment .. metric) is written once, before anything happens; what happened
-- (build, boot and below) is written as it happens.

CREATE TABLE experiment (
  id         INTEGER PRIMARY KEY,
  title      TEXT NOT NULL,
  submitter  TEXT NOT NULL,
  created    REAL NOT NULL,
  finished   REAL,
  state      TEXT NOT NULL CHECK (state IN ('queued', 'building', 'measuring', 'done')),
  outcome    TEXT,                       -- of a finished experiment; see model/outcome.hpp
  message    TEXT NOT NULL DEFAULT '',   -- why it is not ok, one line
  tail       TEXT NOT NULL DEFAULT '',   -- the output that explains it
  cancelling INTEGER NOT NULL DEFAULT 0, -- a user asked for the end; survives a restart
  boots      INTEGER NOT NULL CHECK (boots > 0),
  seed       INTEGER NOT NULL,           -- draws the order of the boots
  delta      REAL NOT NULL CHECK (delta >= 0),
  CHECK ((state = 'done') = (outcome IS NOT NULL))
) STRICT;

CREATE TABLE series (
  id               INTEGER PRIMARY KEY,
  experiment       INTEGER NOT NULL REFERENCES experiment ON DELETE CASCADE,
  position         INTEGER NOT NULL,
  title            TEXT NOT NULL,
  author           TEXT NOT NULL,
  version          INTEGER NOT NULL,
  cover            TEXT NOT NULL,
  cover_message_id TEXT NOT NULL,
  base_commit      TEXT NOT NULL,
  change_id        TEXT NOT NULL,
  UNIQUE (experiment, position)
) STRICT;

CREATE TABLE patch (
  series     INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
  number     INTEGER NOT NULL,
  subject    TEXT NOT NULL,
  author     TEXT NOT NULL,
  date       TEXT NOT NULL,
  message_id TEXT NOT NULL,
  files      TEXT NOT NULL,              -- one path a line
  mail       BLOB NOT NULL,              -- what git am takes
  PRIMARY KEY (series, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE left_aside (                -- mails of the source that are no part of the series
  series   INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
  position INTEGER NOT NULL,
  what     TEXT NOT NULL,
  why      TEXT NOT NULL,
  PRIMARY KEY (series, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE build (
  id       INTEGER PRIMARY KEY,
  key      TEXT NOT NULL,                -- hash of all that went in; empty when it never came that far
  outcome  TEXT,                         -- NULL while it is going on
  message  TEXT NOT NULL DEFAULT '',
  tail     TEXT NOT NULL DEFAULT '',
  log      TEXT NOT NULL DEFAULT '',     -- whole
  kernel   TEXT NOT NULL DEFAULT '',     -- path in the cache; the cache may be emptied
  kernel_sha256 TEXT NOT NULL DEFAULT '',
  release  TEXT NOT NULL DEFAULT '',
  compiler TEXT NOT NULL DEFAULT '',
  config   TEXT NOT NULL DEFAULT '',     -- the final .config
  from_cache INTEGER NOT NULL DEFAULT 0,
  started  REAL NOT NULL,
  finished REAL
) STRICT;

CREATE TABLE arm (
  id           INTEGER PRIMARY KEY,
  experiment   INTEGER NOT NULL REFERENCES experiment ON DELETE CASCADE,
  position     INTEGER NOT NULL,
  label        TEXT NOT NULL,
  tree         TEXT NOT NULL,
  base         TEXT NOT NULL,            -- ref asked for, or empty
  commit_id    TEXT NOT NULL DEFAULT '', -- what it resolved to
  base_reason  TEXT NOT NULL DEFAULT '', -- and why
  series       INTEGER REFERENCES series,
  first_patch  INTEGER,
  last_patch   INTEGER,
  kconfig_base TEXT NOT NULL,
  command_line TEXT NOT NULL,
  machine      TEXT NOT NULL,
  architecture TEXT NOT NULL,
  build        INTEGER REFERENCES build,
  UNIQUE (experiment, position),
  UNIQUE (experiment, label)
) STRICT;

CREATE TABLE arm_kconfig (
  arm      INTEGER NOT NULL REFERENCES arm ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name     TEXT NOT NULL,
  text     TEXT NOT NULL,                -- as it was when the experiment was submitted
  PRIMARY KEY (arm, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE contrast (
  experiment INTEGER NOT NULL REFERENCES experiment ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  reference  INTEGER NOT NULL REFERENCES arm,
  patched    INTEGER NOT NULL REFERENCES arm,
  PRIMARY KEY (experiment, position),
  CHECK (reference <> patched)
) STRICT, WITHOUT ROWID;

CREATE TABLE workload (
  experiment INTEGER NOT NULL REFERENCES experiment ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  name       TEXT NOT NULL,
  request    TEXT NOT NULL,
  hash       TEXT NOT NULL,              -- of the workload's folder: the ruler, the same for all arms
  PRIMARY KEY (experiment, position),
  UNIQUE (experiment, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE workload_parameter (
  experiment INTEGER NOT NULL,
  workload   TEXT NOT NULL,
  name       TEXT NOT NULL,
  value      TEXT NOT NULL,
  PRIMARY KEY (experiment, workload, name),
  FOREIGN KEY (experiment, workload) REFERENCES workload (experiment, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE metric (
  experiment INTEGER NOT NULL,
  workload   TEXT NOT NULL,
  position   INTEGER NOT NULL,
  name       TEXT NOT NULL,
  unit       TEXT NOT NULL,
  better     TEXT NOT NULL CHECK (better IN ('higher', 'lower')),
  is_primary INTEGER NOT NULL,
  min_change REAL NOT NULL,
  PRIMARY KEY (experiment, workload, name),
  FOREIGN KEY (experiment, workload) REFERENCES workload (experiment, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The order of the boots, drawn once and written before the first of them.
CREATE TABLE slot (
  id         INTEGER PRIMARY KEY,
  experiment INTEGER NOT NULL REFERENCES experiment ON DELETE CASCADE,
  position   INTEGER NOT NULL CHECK (position > 0),
  arm        INTEGER NOT NULL REFERENCES arm,
  UNIQUE (experiment, position)
) STRICT;

CREATE TABLE fingerprint (
  id     INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  facts  TEXT NOT NULL                   -- one "name: value" a line
) STRICT;

CREATE TABLE boot (
  id            INTEGER PRIMARY KEY,
  slot          INTEGER NOT NULL REFERENCES slot ON DELETE CASCADE,
  attempt       INTEGER NOT NULL CHECK (attempt > 0),
  outcome       TEXT,                    -- NULL while it is going on
  title         TEXT NOT NULL DEFAULT '',
  excerpt       TEXT NOT NULL DEFAULT '',
  started       REAL NOT NULL,
  finished      REAL,
  acceleration  TEXT NOT NULL DEFAULT '',
  command_line  TEXT NOT NULL DEFAULT '',
  case_seed     INTEGER NOT NULL,        -- draws the order of the cases
  nonce         TEXT NOT NULL,           -- names the job in the guest's frames
  reproduce     TEXT NOT NULL DEFAULT '',-- shell script that boots the same again
  console       BLOB NOT NULL DEFAULT x'',
  console_cut   INTEGER NOT NULL DEFAULT 0, -- bytes lost to the configured limit
  guest_facts   TEXT NOT NULL DEFAULT '',
  fingerprint   INTEGER REFERENCES fingerprint,
  load_before   REAL, load_after   REAL,
  steal_before  REAL, steal_after  REAL,
  governor_before TEXT, governor_after TEXT,
  seconds_to_userspace REAL,
  UNIQUE (slot, attempt)
) STRICT;

-- A slot is filled once: whatever happens, no second result can be committed for it.
CREATE UNIQUE INDEX boot_result ON boot (slot)
  WHERE outcome IS NOT NULL AND outcome NOT IN ('lab-error', 'interrupted', 'cancelled');

CREATE TABLE sample (
  boot      INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  workload  TEXT NOT NULL,
  case_name TEXT NOT NULL,
  metric    TEXT NOT NULL,
  pass      INTEGER NOT NULL,
  warmup    INTEGER NOT NULL,
  value     REAL NOT NULL,
  PRIMARY KEY (boot, workload, case_name, metric, pass, warmup)
) STRICT, WITHOUT ROWID;

CREATE TABLE summary (
  boot      INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  workload  TEXT NOT NULL,
  case_name TEXT NOT NULL,
  metric    TEXT NOT NULL,
  value     REAL NOT NULL,
  passes    INTEGER NOT NULL,
  PRIMARY KEY (boot, workload, case_name, metric)
) STRICT, WITHOUT ROWID;

CREATE TABLE unavailable (
  boot      INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  workload  TEXT NOT NULL,
  case_name TEXT NOT NULL,
  reason    TEXT NOT NULL,
  PRIMARY KEY (boot, workload, case_name)
) STRICT, WITHOUT ROWID;

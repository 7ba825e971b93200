-- SPDX-License-Identifier: GPL-3.0-or-later
-- What the laboratory noted during a boot: gaps of the console, results that were refused, when a host came
-- for its kernel.

CREATE TABLE boot_note (
  boot     INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  position INTEGER NOT NULL,
  seconds  REAL NOT NULL,                -- since the machine was started
  text     TEXT NOT NULL,
  PRIMARY KEY (boot, position)
) STRICT, WITHOUT ROWID;

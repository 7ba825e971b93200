-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a series says about itself beyond its patches, and how the base of each arm was searched for.

ALTER TABLE series ADD COLUMN rfc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN resend INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN versions TEXT NOT NULL DEFAULT '';       -- in its sources, ascending, spaces between
ALTER TABLE series ADD COLUMN prerequisites TEXT NOT NULL DEFAULT '';  -- one a line, as written

CREATE TABLE offered_trailer (           -- from replies; shown, never applied
  series   INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
  position INTEGER NOT NULL,
  part     INTEGER NOT NULL,             -- 0: the cover letter, or unknown
  trailer  TEXT NOT NULL,
  sender   TEXT NOT NULL,
  PRIMARY KEY (series, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE base_attempt (
  arm      INTEGER NOT NULL REFERENCES arm ON DELETE CASCADE,
  position INTEGER NOT NULL,
  way      TEXT NOT NULL,
  wanted   TEXT NOT NULL,
  taken    INTEGER NOT NULL,
  why      TEXT NOT NULL,
  words    TEXT NOT NULL,                -- git's own
  PRIMARY KEY (arm, position)
) STRICT, WITHOUT ROWID;

-- SPDX-License-Identifier: GPL-3.0-or-later
-- Nights with which nothing is compared any more, because their kernel no longer applies, builds or boots. Of their own, not
-- beside what was compared: in the night in which that shows, the cell goes on to an older one.

CREATE TABLE given_up (
  night_cell INTEGER PRIMARY KEY REFERENCES night_cell ON DELETE CASCADE,
  during     INTEGER NOT NULL REFERENCES night_cell ON DELETE CASCADE,  -- tonight's cell then
  experiment INTEGER REFERENCES experiment                              -- in which it failed, where that cell went on to another
) STRICT;
CREATE INDEX given_up_during ON given_up (during);
CREATE INDEX given_up_in ON given_up (experiment) WHERE experiment IS NOT NULL;

INSERT OR IGNORE INTO given_up (night_cell, during) SELECT last_good, id FROM night_cell WHERE last_good_failed = 1 AND last_good IS NOT NULL;
DROP INDEX night_of_failed_last_good;
ALTER TABLE night_cell DROP COLUMN last_good_failed;

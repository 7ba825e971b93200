-- SPDX-License-Identifier: GPL-3.0-or-later
-- A cell's command line is what it boots. Once an empty one meant what the configuration said, whatever that was; which
-- cells did is told here, and settled by klabd, who knows the configuration. And what is asked when a cell's time is estimated.

ALTER TABLE cell ADD COLUMN by_default INTEGER NOT NULL DEFAULT 0 CHECK (by_default IN (0, 1));
UPDATE cell SET by_default = 1 WHERE command_line = '';

CREATE INDEX cell_by_work ON cell (machine, workload, kconfig);
CREATE INDEX cell_by_tree ON cell (tree, kconfig);
CREATE INDEX night_cell_measured ON night_cell (cell, night) WHERE experiment IS NOT NULL;

-- SPDX-License-Identifier: GPL-3.0-or-later
-- A/A runs whose arms the procedure told apart. Of equal kernels that may be one in twenty; more, and the procedure is wrong.

CREATE TABLE aa_run (
  experiment INTEGER PRIMARY KEY REFERENCES experiment ON DELETE CASCADE,
  alarm      INTEGER NOT NULL CHECK (alarm IN (0, 1))  -- a primary row had a family p of at most 0.05
) STRICT;

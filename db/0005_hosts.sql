-- SPDX-License-Identifier: GPL-3.0-or-later
-- Bare-metal hosts: who has them, who may not have them, and what happened to them.

ALTER TABLE arm ADD COLUMN machine_request TEXT NOT NULL DEFAULT '';  -- a pool or labels, where no machine was named

-- SPDX-License-Identifier: GPL-3.0-or-later
-- The mail that a reply to a series answers: its cover letter, else its first patch. Empty for a series that was no mail, and
-- for those that were stored before.

ALTER TABLE series ADD COLUMN mail_subject TEXT NOT NULL DEFAULT '';     -- as it was: "[PATCH net-next v2 0/3] title"
ALTER TABLE series ADD COLUMN mail_sender TEXT NOT NULL DEFAULT '';      -- Name <address>, of Reply-To, else of From
ALTER TABLE series ADD COLUMN mail_recipients TEXT NOT NULL DEFAULT '';  -- of To and Cc, one a line
ALTER TABLE series ADD COLUMN mail_left_out INTEGER NOT NULL DEFAULT 0;  -- recipients beyond the most that are kept

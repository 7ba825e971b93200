#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The pages of trends that a database has, four times each.
#   trend_paths.sh DATABASE
set -euo pipefail
for _ in 1 2 3 4; do
  sqlite3 -readonly "$1" "SELECT DISTINCT '/cells/' || cell || '/trend?workload=' || workload || '&case=' || case_name || '&metric=' || metric
    FROM trend_point JOIN night_cell ON night_cell.id = night_cell ORDER BY 1"
done

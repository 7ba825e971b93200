// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/gc_store.hpp"

#include "store/statement.hpp"

namespace klab {

Result<std::set<std::string>> GcStore::needed_builds() {
  auto& db = database_.connection();
  return database_.read("read what is needed", [&] {
    std::set<std::string> keys;
    auto row = statement(db,
                         "WITH newest AS (SELECT max(id) AS id FROM night_cell WHERE state = 'done' GROUP BY cell"
                         "  UNION SELECT max(id) FROM night_cell WHERE state = 'done' AND kind = 'comparison' GROUP BY cell),"
                         " cells AS (SELECT id FROM newest UNION SELECT last_good FROM night_cell WHERE id IN (SELECT id FROM newest)"
                         "  UNION SELECT accepted FROM cell UNION SELECT last_good FROM investigation WHERE state <> 'ended'"
                         "  UNION SELECT first_bad FROM investigation WHERE state <> 'ended'),"
                         " needed AS (SELECT id FROM experiment WHERE state <> 'done' UNION SELECT experiment FROM night_cell"
                         "  WHERE id IN (SELECT id FROM cells) UNION SELECT experiment FROM investigation_step JOIN investigation"
                         "  ON investigation.id = investigation_step.investigation WHERE state <> 'ended')"
                         " SELECT DISTINCT build.key FROM arm JOIN build ON build.id = arm.build"
                         " WHERE arm.experiment IN (SELECT id FROM needed) AND build.key <> ''");
    while (row.executeStep()) keys.insert(row.getColumn(0).getString());
    return keys;
  });
}

Result<std::set<std::int64_t>> GcStore::needed_slots() {
  auto& db = database_.connection();
  return database_.read("read what is needed", [&] {
    std::set<std::int64_t> slots;
    auto row = statement(db, "SELECT slot.id FROM experiment JOIN slot ON slot.experiment = experiment.id WHERE experiment.state <> 'done'");
    while (row.executeStep()) slots.insert(row.getColumn(0).getInt64());
    return slots;
  });
}

}  // namespace klab

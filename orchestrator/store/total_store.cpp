// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/total_store.hpp"

#include "store/statement.hpp"

namespace klab {

Result<Totals> TotalStore::read() {
  auto& db = database_.connection();
  return database_.read("read the totals", [&] {
    Totals totals;
    auto boots = statement(db, "SELECT machine, outcome, number, seconds, within_30, within_60, within_120, within_300, within_600, within_1800"
                               " FROM boot_total");
    while (boots.executeStep()) {
      BootTotal total{boots.getColumn(0).getString(), boots.getColumn(1).getString(), boots.getColumn(2).getInt64(),
                      boots.getColumn(3).getDouble(), {}};
      for (std::size_t i = 0; i < total.within.size(); ++i) total.within[i] = boots.getColumn(static_cast<int>(4 + i)).getInt64();
      totals.boots.push_back(std::move(total));
    }
    auto builds = statement(db, "SELECT outcome, from_cache, number, seconds FROM build_total");
    while (builds.executeStep())
      totals.builds.push_back({builds.getColumn(0).getString(), builds.getColumn(1).getInt() != 0, builds.getColumn(2).getInt64(),
                               builds.getColumn(3).getDouble()});
    auto ended = statement(db, "SELECT outcome, number FROM experiment_total");
    while (ended.executeStep()) totals.experiments_ended[ended.getColumn(0).getString()] = ended.getColumn(1).getInt64();
    // What has no order of boots yet has all of them before it; only the others are counted place by place.
    auto going = statement(db,
                           "SELECT state, count(*), sum(boots * (SELECT count(*) FROM arm WHERE arm.experiment = experiment.id))"
                           " FROM experiment WHERE state <> 'done' GROUP BY state");
    while (going.executeStep()) {
      totals.experiments[going.getColumn(0).getString()] = going.getColumn(1).getInt64();
      totals.boots_waiting += going.getColumn(2).getInt64();
    }
    totals.boots_waiting -= db.execAndGet("SELECT count(*) FROM experiment JOIN slot ON slot.experiment = experiment.id AND NOT slot.profile"
                                          " JOIN boot ON boot.slot = slot.id AND boot.outcome IS NOT NULL AND boot.outcome NOT IN ('lab-error',"
                                          " 'interrupted', 'cancelled') WHERE experiment.state = 'measuring'").getInt64();
    totals.boots_running = db.execAndGet("SELECT count(*) FROM boot WHERE outcome IS NULL").getInt64();
    totals.samples = db.execAndGet("SELECT number FROM sample_total").getInt64();
    const auto page = db.execAndGet("PRAGMA page_size").getInt64();
    totals.database_bytes = page * db.execAndGet("PRAGMA page_count").getInt64();
    totals.database_free_bytes = page * db.execAndGet("PRAGMA freelist_count").getInt64();
    return totals;
  });
}

}  // namespace klab

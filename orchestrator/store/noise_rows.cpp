// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "store/plan_rows.hpp"
#include "store/statement.hpp"
#include "store/trend_store.hpp"

namespace klab {

std::optional<NoiseFloor> noise_floor(std::vector<double> sizes) {
  if (sizes.size() > static_cast<std::size_t>(newest_aa_runs)) sizes.resize(newest_aa_runs);
  const int runs = static_cast<int>(sizes.size());
  if (runs < least_aa_runs) return std::nullopt;
  std::sort(sizes.begin(), sizes.end());
  const int rank = (95 * runs + 99) / 100;  // from 1, rounded up
  return NoiseFloor{sizes[static_cast<std::size_t>(rank - 1)], runs};
}

// Most say nothing about noise and want no confirmation; those are passed over at once, so that a first start over many
// years of experiments reads few of them. IS, because most of these may be NULL.
Result<std::vector<std::int64_t>> TrendStore::unseen() {
  auto& db = database_.connection();
  auto passed = database_.transaction("mark the experiments as seen", [&] {
    if (!statement(db, "SELECT 1 FROM experiment WHERE state = 'done' AND seen = 0").executeStep()) return;
    execute(db,
            "UPDATE experiment SET seen = 1 WHERE state = 'done' AND seen = 0 AND (outcome NOT IN"
            " ('ok', 'boot-failed', 'crashed', 'hung', 'workload-failed') OR (confirm = 0 AND NOT EXISTS"
            " (SELECT 1 FROM arm a JOIN arm b ON a.experiment = b.experiment AND a.position = 0 AND b.position = 1"
            "   WHERE a.experiment = experiment.id AND a.machine = b.machine AND a.tree = b.tree AND a.base = b.base"
            "   AND a.series IS b.series AND a.command_line = b.command_line)))");
  });
  if (!passed) return passed.error();
  return ids("list the experiments that have ended", "SELECT id FROM experiment WHERE state = 'done' AND seen = 0 ORDER BY id LIMIT 20");
}

Result<void> TrendStore::set_seen(std::int64_t experiment) {
  auto& db = database_.connection();
  return database_.transaction("mark the experiment as seen",
                               [&] { execute(db, "UPDATE experiment SET seen = 1 WHERE id = ?", experiment); });
}

Result<void> TrendStore::add_noise(std::int64_t experiment, const std::string& host, const std::vector<NoiseSeen>& noise,
                                   double time, std::optional<bool> alarm) {
  auto& db = database_.connection();
  return database_.transaction("store the noise of the A/A run", [&] {
    for (const auto& seen : noise)
      execute(db,
              "INSERT OR REPLACE INTO noise (experiment, host, workload, case_name, metric, time, is_ratio, size)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
              experiment, host, seen.row.workload, seen.row.case_name, seen.row.metric, time, seen.is_ratio, seen.size);
    if (alarm) execute(db, "INSERT OR REPLACE INTO aa_run (experiment, alarm) VALUES (?, ?)", experiment, *alarm);
  });
}

Result<AaStanding> TrendStore::aa_standing() {
  auto& db = database_.connection();
  return database_.read("count the A/A runs", [&] {
    auto row = statement(db, "SELECT count(*), total(alarm) FROM aa_run");
    row.executeStep();
    return AaStanding{row.getColumn(0).getInt64(), row.getColumn(1).getInt64()};
  });
}

Result<std::vector<std::int64_t>> TrendStore::noise_runs(const std::string& host, const RowKey& row, int limit) {
  auto& db = database_.connection();
  return database_.read("list the A/A runs of the host", [&] {
    std::vector<std::int64_t> runs;
    auto run = statement(db,
                         "SELECT experiment FROM noise INDEXED BY noise_of_row WHERE host = ?1 AND workload = ?2 AND case_name = ?3"
                         " AND metric = ?4 ORDER BY time DESC, experiment DESC LIMIT ?5",
                         host, row.workload, row.case_name, row.metric, limit);
    while (run.executeStep()) runs.push_back(run.getColumn(0).getInt64());
    return runs;
  });
}

Result<std::map<RowKey, RowNoise>> TrendStore::noise(const std::string& host, int limit, double before) {
  auto& db = database_.connection();
  return database_.read("read the noise of the host", [&] {
    std::map<RowKey, RowNoise> rows;
    // With the time in it SQLite seeks behind the last row's newest run; without, it steps through all of them.
    auto next = statement(db,
                          "SELECT workload, case_name, metric FROM noise INDEXED BY noise_of_row WHERE host = ?1"
                          " AND (workload, case_name, metric, time) > (?2, ?3, ?4, 1e300)"
                          " ORDER BY workload, case_name, metric, time LIMIT 1",
                          host);
    // By the index noise_of_row from its end; whoever has enough does not step on.
    auto run = statement(db,
                         "SELECT is_ratio, size, time FROM noise INDEXED BY noise_of_row WHERE host = ?1 AND workload = ?2"
                         " AND case_name = ?3 AND metric = ?4 AND time < ?5 ORDER BY time DESC, experiment DESC",
                         host);
    run.bind(5, before);
    RowKey key;
    for (;;) {
      next.bind(2, key.workload), next.bind(3, key.case_name), next.bind(4, key.metric);
      if (!next.executeStep()) return rows;
      key = {next.getColumn(0).getString(), next.getColumn(1).getString(), next.getColumn(2).getString()};
      next.reset();
      run.bind(2, key.workload), run.bind(3, key.case_name), run.bind(4, key.metric);
      RowNoise noise;
      while (noise.sizes.size() < static_cast<std::size_t>(limit) && run.executeStep()) {
        const bool is_ratio = run.getColumn(0).getInt() != 0;
        if (noise.sizes.empty()) noise.is_ratio = is_ratio;
        if (noise.is_ratio != is_ratio) continue;
        noise.sizes.push_back(run.getColumn(1).getDouble());
        noise.times.push_back(run.getColumn(2).getDouble());
      }
      run.reset();
      if (!noise.sizes.empty()) rows[key] = std::move(noise);
    }
  });
}

Result<std::map<RowKey, NoiseFloor>> TrendStore::floors(const std::string& host, double before) {
  auto rows = noise(host, newest_aa_runs, before);
  if (!rows) return rows.error();
  std::map<RowKey, NoiseFloor> floors;
  for (auto& [row, noise] : *rows) {
    auto floor = noise_floor(std::move(noise.sizes));
    if (!floor) continue;
    floor->is_ratio = noise.is_ratio;
    floors[row] = *floor;
  }
  return floors;
}

Result<std::int64_t> TrendStore::confirm(std::int64_t experiment, const ExperimentPlan& plan, double now) {
  auto& db = database_.connection();
  return database_.transaction("store the confirmation", [&] {
    const auto id = insert_plan(db, plan, now);
    execute(db, "UPDATE experiment SET confirms = ? WHERE id = ?", experiment, id);
    execute(db, "UPDATE experiment SET seen = 1 WHERE id = ?", experiment);
    return id;
  });
}

Result<std::optional<std::int64_t>> TrendStore::confirmation_of(std::int64_t experiment) {
  auto& db = database_.connection();
  return database_.read("look for a confirmation", [&] {
    std::optional<std::int64_t> found;
    auto row = statement(db, "SELECT id FROM experiment WHERE confirms = ?", experiment);
    if (row.executeStep()) found = row.getColumn(0).getInt64();
    return found;
  });
}

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
// What nights were measured with, from the plans of their experiments.
#include <algorithm>

#include "store/statement.hpp"
#include "store/trend_store.hpp"
#include "util/hash.hpp"

namespace klab {
namespace {

using Rulers = std::map<std::int64_t, Ruler>;

// `columns` of the nights' experiments, behind the number of the night's cell.
SQLite::Statement of_nights(SQLite::Database& db, std::string_view columns, std::string_view joins, std::int64_t cell, int limit) {
  const auto sql = fmt::format("SELECT c.id, {} FROM (SELECT id, experiment FROM night_cell WHERE cell = ? ORDER BY night DESC LIMIT ?) c {}",
                               columns, joins);
  return statement(db, sql.c_str(), cell, limit);
}

// Texts are stored once, with their digest; those from before migration 0009 stand in the older column.
constexpr std::string_view digest_column = "lower(nullif(hex(t.digest), ''))";
std::string digest_at(SQLite::Statement& row, int digest, const SQLite::Column& plain) {
  if (!row.isColumnNull(digest)) return row.getColumn(digest).getString();
  return sha256(std::string_view(static_cast<const char*>(plain.getBlob()), static_cast<std::size_t>(plain.getBytes())));
}

void add_arms(SQLite::Database& db, std::int64_t cell, int limit, Rulers& rulers) {
  const std::string tonight = fmt::format("JOIN arm a ON a.experiment = c.experiment AND a.label = '{}'", arm_tonight);
  auto arm = of_nights(db, "a.kconfig_base, a.command_line", tonight, cell, limit);
  while (arm.executeStep()) {
    auto& ruler = rulers[arm.getColumn(0).getInt64()];
    ruler.kconfig_base = arm.getColumn(1).getString();
    ruler.command_line = arm.getColumn(2).getString();
  }
  auto fragment = of_nights(db, fmt::format("k.name, {}, k.text", digest_column),
                            tonight + " JOIN arm_kconfig k ON k.arm = a.id LEFT JOIN text t ON t.id = k.long_text ORDER BY c.id, k.position",
                            cell, limit);
  while (fragment.executeStep())
    rulers[fragment.getColumn(0).getInt64()].fragments.emplace_back(fragment.getColumn(1).getString(),
                                                                    digest_at(fragment, 2, fragment.getColumn(3)));
}

void add_workloads(SQLite::Database& db, std::int64_t cell, int limit, Rulers& rulers) {
  const std::string joined = "JOIN workload w ON w.experiment = c.experiment";
  auto workload = of_nights(db, "w.name, w.hash", joined, cell, limit);
  while (workload.executeStep())
    if (const auto ruler = rulers.find(workload.getColumn(0).getInt64()); ruler != rulers.end())
      ruler->second.workloads[workload.getColumn(1).getString()].hash = workload.getColumn(2).getString();
  auto patch = of_nights(db, fmt::format("w.name, {}, p.mail", digest_column),
                         joined + " JOIN patch p ON p.series = w.instrument LEFT JOIN text t ON t.id = p.mail_text ORDER BY c.id, w.name, p.number",
                         cell, limit);
  while (patch.executeStep())
    if (const auto ruler = rulers.find(patch.getColumn(0).getInt64()); ruler != rulers.end())
      ruler->second.workloads[patch.getColumn(1).getString()].instrument += digest_at(patch, 2, patch.getColumn(3));
}

}  // namespace

Result<std::map<std::int64_t, std::shared_ptr<const Ruler>>> TrendStore::rulers(std::int64_t cell, int limit) {
  auto& db = database_.connection();
  return database_.read("read what the nights were measured with", [&] {
    Rulers rulers;
    add_arms(db, cell, limit, rulers);
    add_workloads(db, cell, limit, rulers);
    std::map<std::int64_t, std::shared_ptr<const Ruler>> shared;
    std::vector<std::shared_ptr<const Ruler>> known;
    for (auto& [night_cell, ruler] : rulers) {
      // From the newest: it is nearly always that of the night before.
      const auto same = std::find_if(known.rbegin(), known.rend(), [&](const auto& one) { return *one == ruler; });
      auto& one = shared[night_cell];
      if (same != known.rend()) one = *same;
      else known.push_back(one = std::make_shared<const Ruler>(std::move(ruler)));
    }
    return shared;
  });
}

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/statement.hpp"
#include "store/trend_store.hpp"

namespace klab {

Result<std::vector<std::pair<RowKey, TrendValue>>> TrendStore::values(std::int64_t night_cell) {
  auto& db = database_.connection();
  return database_.read("read the night's points", [&] {
    std::vector<std::pair<RowKey, TrendValue>> values;
    auto row = statement(db,
                         "SELECT workload, case_name, metric, is_ratio, estimate, low, high, change, verdict FROM trend_point"
                         " WHERE night_cell = ? ORDER BY workload, case_name, metric",
                         night_cell);
    while (row.executeStep()) {
      TrendValue value;
      value.is_ratio = row.getColumn(3).getInt() != 0;
      value.estimate = row.getColumn(4).getDouble();
      value.low = row.getColumn(5).getDouble();
      value.high = row.getColumn(6).getDouble();
      if (!row.isColumnNull(7)) value.change = row.getColumn(7).getDouble();
      value.verdict = verdict_from_name(row.getColumn(8).getString());
      values.emplace_back(RowKey{row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString()},
                          value);
    }
    return values;
  });
}

}  // namespace klab

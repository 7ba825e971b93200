// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/profile_rows.hpp"

#include "store/statement.hpp"

namespace klab {

void insert_profiles(SQLite::Database& db, std::int64_t boot, const std::vector<CaseProfile>& profiles) {
  std::size_t place = 0;
  for (const auto& p : profiles) {
    execute(db,
            "INSERT INTO profile (boot, workload, case_name, position, method, hz, samples, user, idle, runner, other, lost)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            boot, p.workload, p.case_name, place++, p.method, p.hz, p.samples, p.user, p.idle, p.runner, p.other, p.lost);
    std::size_t position = 0;
    for (const auto& s : p.symbols)
      execute(db,
              "INSERT INTO profile_symbol (boot, workload, case_name, position, symbol, module, samples)"
              " VALUES (?, ?, ?, ?, ?, ?, ?)",
              boot, p.workload, p.case_name, position++, s.symbol, s.module, s.samples);
  }
}

std::vector<CaseProfile> read_profiles(SQLite::Database& db, std::int64_t boot) {
  std::vector<CaseProfile> profiles;
  auto row = statement(db,
                       "SELECT workload, case_name, method, hz, samples, user, idle, runner, other, lost FROM profile"
                       " WHERE boot = ? ORDER BY position",
                       boot);
  while (row.executeStep()) {
    CaseProfile p;
    p.workload = row.getColumn(0).getString();
    p.case_name = row.getColumn(1).getString();
    p.method = row.getColumn(2).getString();
    std::int64_t* const numbers[] = {&p.hz, &p.samples, &p.user, &p.idle, &p.runner, &p.other, &p.lost};
    for (int i = 0; i < 7; ++i) *numbers[i] = row.getColumn(3 + i).getInt64();
    auto symbols = statement(db,
                             "SELECT symbol, module, samples FROM profile_symbol WHERE boot = ? AND workload = ?"
                             " AND case_name = ? ORDER BY position",
                             boot, p.workload, p.case_name);
    while (symbols.executeStep())
      p.symbols.push_back(
          {symbols.getColumn(0).getString(), symbols.getColumn(1).getString(), symbols.getColumn(2).getInt64()});
    profiles.push_back(std::move(p));
  }
  return profiles;
}

}  // namespace klab

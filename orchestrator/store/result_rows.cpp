// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/result_rows.hpp"

#include <tuple>

#include "store/profile_rows.hpp"
#include "store/statement.hpp"

namespace klab {
namespace {

template <class... Values>
void run_again(SQLite::Statement& prepared, const Values&... values) {
  prepared.reset();
  int at = 0;
  (bind_value(prepared, ++at, values), ...);
  prepared.exec();
}

// Ids of names of rows, each looked up once.
class RowNames {
 public:
  explicit RowNames(SQLite::Database& db) : db_(db) {}
  std::int64_t id(const std::string& workload, const std::string& case_name, const std::string& metric) {
    const auto [found, is_new] = ids_.try_emplace({workload, case_name, metric});
    if (!is_new) return found->second;
    auto row = statement(db_, "SELECT id FROM row_name WHERE workload = ? AND case_name = ? AND metric = ?", workload, case_name, metric);
    found->second = row.executeStep() ? row.getColumn(0).getInt64()
                                      : insert(db_, "INSERT INTO row_name (workload, case_name, metric) VALUES (?, ?, ?)", workload,
                                               case_name, metric);
    return found->second;
  }

 private:
  SQLite::Database& db_;
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> ids_;
};

std::int64_t fact_text_id(SQLite::Database& db, const std::string& text) {
  auto row = statement(db, "SELECT id FROM fact_text WHERE text = ?", text);
  return row.executeStep() ? row.getColumn(0).getInt64() : insert(db, "INSERT INTO fact_text (text) VALUES (?)", text);
}

}  // namespace

void insert_results(SQLite::Database& db, std::int64_t boot, const BootEnd& end) {
  RowNames names(db);
  if (!end.samples.empty()) {
    SQLite::Statement sample(db, "INSERT INTO sample_value (boot, row, pass, warmup, value) VALUES (?, ?, ?, ?, ?)");
    for (const auto& s : end.samples) run_again(sample, boot, names.id(s.workload, s.case_name, s.metric), s.pass, s.warmup, s.value);
    execute(db, "UPDATE sample_total SET number = number + ?", end.samples.size());
  }
  if (!end.summaries.empty()) {
    SQLite::Statement summary(db, "INSERT INTO summary_value (boot, row, value, passes) VALUES (?, ?, ?, ?)");
    for (const auto& s : end.summaries) run_again(summary, boot, names.id(s.workload, s.case_name, s.metric), s.value, s.passes);
  }
  for (const auto& u : end.unavailable)
    execute(db, "INSERT INTO unavailable (boot, workload, case_name, reason) VALUES (?, ?, ?, ?)", boot, u.workload,
            u.case_name, u.reason);
  for (const auto& f : end.facts)
    execute(db, "INSERT INTO fact_value (boot, row, pass, warmup, text) VALUES (?, ?, ?, ?, ?)", boot,
            names.id(f.workload, f.case_name, f.name), f.pass, f.warmup, fact_text_id(db, f.text));
  insert_profiles(db, boot, end.profiles);
  int position = 0;
  for (const auto& note : end.notes)
    execute(db, "INSERT INTO boot_note (boot, position, seconds, text) VALUES (?, ?, ?, ?)", boot, position++, note.seconds, note.text);
}

std::vector<Sample> read_samples(SQLite::Database& db, std::int64_t boot) {
  std::vector<Sample> samples;
  auto row = statement(db, "SELECT workload, case_name, metric, pass, warmup, value FROM sample WHERE boot = ? ORDER BY 1, 2, 3, 4, 5", boot);
  while (row.executeStep())
    samples.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString(),
                       row.getColumn(3).getInt(), row.getColumn(4).getInt() != 0, row.getColumn(5).getDouble()});
  return samples;
}

std::vector<Summary> read_summaries(SQLite::Database& db, std::int64_t boot) {
  std::vector<Summary> summaries;
  auto row = statement(db, "SELECT workload, case_name, metric, value, passes FROM summary WHERE boot = ? ORDER BY 1, 2, 3", boot);
  while (row.executeStep())
    summaries.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString(),
                         row.getColumn(3).getDouble(), row.getColumn(4).getInt()});
  return summaries;
}

std::vector<Fact> read_facts(SQLite::Database& db, std::int64_t boot) {
  std::vector<Fact> facts;
  auto row = statement(db, "SELECT workload, case_name, name, pass, warmup, text FROM fact WHERE boot = ? ORDER BY 1, 2, 3, 4, 5", boot);
  while (row.executeStep())
    facts.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString(),
                     row.getColumn(3).getInt(), row.getColumn(4).getInt() != 0, row.getColumn(5).getString()});
  return facts;
}

std::vector<BootNote> read_notes(SQLite::Database& db, std::int64_t boot) {
  std::vector<BootNote> notes;
  auto row = statement(db, "SELECT seconds, text FROM boot_note WHERE boot = ? ORDER BY position", boot);
  while (row.executeStep()) notes.push_back({row.getColumn(0).getDouble(), row.getColumn(1).getString()});
  return notes;
}

std::vector<UnavailableCase> read_unavailable(SQLite::Database& db, std::int64_t boot) {
  std::vector<UnavailableCase> cases;
  auto row = statement(db, "SELECT workload, case_name, reason FROM unavailable WHERE boot = ?", boot);
  while (row.executeStep())
    cases.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString()});
  return cases;
}

// A macro, because it is continued by literals.
#define MEASURED_BOOTS " FROM slot JOIN boot ON boot.slot = slot.id AND boot.outcome = 'ok'"

std::map<std::int64_t, BootNumbers> read_numbers(SQLite::Database& db, std::int64_t experiment) {
  std::map<std::int64_t, BootNumbers> numbers;
  auto row = statement(db,
                       "SELECT boot.id, workload, case_name, metric, value, passes" MEASURED_BOOTS
                       " JOIN summary_value ON summary_value.boot = boot.id JOIN row_name ON row_name.id = summary_value.row"
                       " WHERE slot.experiment = ? AND NOT slot.profile ORDER BY 1, 2, 3, 4",
                       experiment);
  while (row.executeStep())
    numbers[row.getColumn(0).getInt64()].summaries.push_back({row.getColumn(1).getString(), row.getColumn(2).getString(),
                                                              row.getColumn(3).getString(), row.getColumn(4).getDouble(),
                                                              row.getColumn(5).getInt()});
  auto cases = statement(db,
                         "SELECT boot.id, workload, case_name, reason" MEASURED_BOOTS " JOIN unavailable ON unavailable.boot = boot.id"
                         " WHERE slot.experiment = ? AND NOT slot.profile ORDER BY 1, 2, 3",
                         experiment);
  while (cases.executeStep())
    numbers[cases.getColumn(0).getInt64()].unavailable.push_back(
        {cases.getColumn(1).getString(), cases.getColumn(2).getString(), cases.getColumn(3).getString()});
  return numbers;
}

std::map<std::int64_t, std::vector<Fact>> read_facts_said(SQLite::Database& db, std::int64_t experiment) {
  std::map<std::int64_t, std::vector<Fact>> said;
  auto row = statement(db,
                       "SELECT boot.id, workload, case_name, metric, min(pass), fact_text.text" MEASURED_BOOTS
                       " JOIN fact_value ON fact_value.boot = boot.id AND NOT fact_value.warmup"
                       " JOIN row_name ON row_name.id = fact_value.row JOIN fact_text ON fact_text.id = fact_value.text"
                       " WHERE slot.experiment = ? AND NOT slot.profile GROUP BY boot.id, fact_value.row, fact_value.text ORDER BY 1, 2, 3, 4, 5",
                       experiment);
  while (row.executeStep())
    said[row.getColumn(0).getInt64()].push_back({row.getColumn(1).getString(), row.getColumn(2).getString(), row.getColumn(3).getString(),
                                                 row.getColumn(4).getInt(), false, row.getColumn(5).getString()});
  return said;
}

RowValues read_row_values(SQLite::Database& db, std::int64_t experiment, const RowKey& row) {
  RowValues values;
  auto known = statement(db, "SELECT id FROM row_name WHERE workload = ? AND case_name = ? AND metric = ?", row.workload, row.case_name, row.metric);
  if (!known.executeStep()) return values;
  const auto id = known.getColumn(0).getInt64();
  auto summary = statement(db,
                           "SELECT boot.id, value, passes FROM slot JOIN boot ON boot.slot = slot.id JOIN summary_value ON summary_value.boot = boot.id"
                           " AND summary_value.row = ? WHERE slot.experiment = ? ORDER BY position, attempt",
                           id, experiment);
  while (summary.executeStep())
    values.summaries.push_back({summary.getColumn(0).getInt64(), summary.getColumn(1).getDouble(), summary.getColumn(2).getInt()});
  auto sample = statement(db,
                          "SELECT boot.id, pass, warmup, value FROM slot JOIN boot ON boot.slot = slot.id JOIN sample_value ON sample_value.boot = boot.id"
                          " AND sample_value.row = ? WHERE slot.experiment = ? ORDER BY position, attempt, pass",
                          id, experiment);
  while (sample.executeStep())
    values.samples.push_back({sample.getColumn(0).getInt64(), sample.getColumn(1).getInt(), sample.getColumn(2).getInt() != 0,
                              sample.getColumn(3).getDouble()});
  return values;
}

}  // namespace klab

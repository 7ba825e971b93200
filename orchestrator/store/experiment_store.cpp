// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/experiment_store.hpp"

#include "store/plan_rows.hpp"
#include "store/statement.hpp"

namespace klab {

Result<std::int64_t> ExperimentStore::add(const ExperimentPlan& plan, double now) {
  auto& db = database_.connection();
  return database_.transaction("store the experiment", [&] { return insert_plan(db, plan, now); });
}

Result<ExperimentRecord> ExperimentStore::get(std::int64_t id) {
  auto& db = database_.connection();
  auto record = database_.read("read the experiment", [&] {
    std::optional<ExperimentRecord> found;
    auto row = statement(db, "SELECT state, outcome, message, tail, cancelling, created, finished, confirms, seen,"
                             " (SELECT id FROM experiment c WHERE c.confirms = experiment.id) FROM experiment WHERE id = ?", id);
    if (!row.executeStep()) return found;
    auto& record = found.emplace();
    record.id = id;
    record.state = experiment_state_from_name(row.getColumn(0).getString()).value_or(ExperimentState::queued);
    if (!row.isColumnNull(1)) record.outcome = outcome_from_name(row.getColumn(1).getString());
    record.message = row.getColumn(2).getString();
    record.tail = row.getColumn(3).getString();
    record.cancelling = row.getColumn(4).getInt() != 0;
    record.created = row.getColumn(5).getDouble();
    if (!row.isColumnNull(6)) record.finished = row.getColumn(6).getDouble();
    if (!row.isColumnNull(7)) record.confirms = row.getColumn(7).getInt64();
    record.seen = row.getColumn(8).getInt() != 0;
    if (!row.isColumnNull(9)) record.confirmed_by = row.getColumn(9).getInt64();
    record.plan = read_plan(db, id);
    auto arms = statement(db, "SELECT id, commit_id, base_reason, build FROM arm WHERE experiment = ? ORDER BY position", id);
    while (arms.executeStep()) {
      ArmRecord arm{arms.getColumn(0).getInt64(), arms.getColumn(1).getString(), arms.getColumn(2).getString(), {}, {}};
      if (!arms.isColumnNull(3)) arm.build = arms.getColumn(3).getInt64();
      auto attempts = statement(db, "SELECT way, wanted, taken, why, words FROM base_attempt WHERE arm = ? ORDER BY position", arm.id);
      while (attempts.executeStep())
        arm.base_attempts.push_back({attempts.getColumn(0).getString(), attempts.getColumn(1).getString(),
                                     attempts.getColumn(2).getInt() != 0, attempts.getColumn(3).getString(),
                                     attempts.getColumn(4).getString()});
      record.arms.push_back(std::move(arm));
    }
    return found;
  });
  if (!record) return record.error();
  if (!*record) return input_error("cannot find experiment {}; klab status lists them", id);
  return std::move(**record);
}

Result<std::vector<ExperimentLine>> ExperimentStore::list(int limit, std::optional<std::int64_t> before) {
  auto& db = database_.connection();
  return database_.read("list the experiments", [&] {
    std::vector<ExperimentLine> lines;
    auto row = statement(db,
                         "SELECT id, title, submitter, state, outcome, message, created,"
                         " (SELECT count(*) FROM slot WHERE slot.experiment = experiment.id AND NOT slot.profile),"
                         " (SELECT count(*) FROM boot JOIN slot ON boot.slot = slot.id WHERE slot.experiment = experiment.id AND NOT slot.profile"
                         "  AND outcome IS NOT NULL AND outcome NOT IN ('lab-error', 'interrupted', 'cancelled'))"
                         " FROM experiment WHERE id < ? ORDER BY id DESC LIMIT ?",
                         before.value_or(INT64_MAX), limit);
    while (row.executeStep()) {
      ExperimentLine line;
      line.id = row.getColumn(0).getInt64();
      line.title = row.getColumn(1).getString();
      line.submitter = row.getColumn(2).getString();
      line.state = experiment_state_from_name(row.getColumn(3).getString()).value_or(ExperimentState::queued);
      if (!row.isColumnNull(4)) line.outcome = outcome_from_name(row.getColumn(4).getString());
      line.message = row.getColumn(5).getString();
      line.created = row.getColumn(6).getDouble();
      line.boots_planned = row.getColumn(7).getInt();
      line.boots_done = row.getColumn(8).getInt();
      lines.push_back(std::move(line));
    }
    return lines;
  });
}

Result<std::optional<std::int64_t>> ExperimentStore::newest_of_message(const std::string& message_id) {
  return database_.read("find the experiment of a mail", [&] {
    std::optional<std::int64_t> found;
    if (message_id.empty()) return found;
    auto row = statement(database_.connection(),
                         "SELECT max(series.experiment) FROM series JOIN experiment ON experiment.id = series.experiment"
                         " WHERE (cover_message_id = ? OR series.id IN (SELECT series FROM patch WHERE message_id = ?))"
                         "  AND experiment.confirms IS NULL"
                         "  AND NOT EXISTS (SELECT 1 FROM night_cell WHERE night_cell.experiment = series.experiment)"
                         "  AND NOT EXISTS (SELECT 1 FROM given_up WHERE given_up.experiment = series.experiment)"
                         "  AND NOT EXISTS (SELECT 1 FROM investigation_step AS step WHERE step.experiment = series.experiment)",
                         message_id, message_id);
    if (row.executeStep() && !row.isColumnNull(0)) found = row.getColumn(0).getInt64();
    return found;
  });
}

namespace {

Result<std::vector<std::int64_t>> ids(Database& database, std::string_view what, const char* sql) {
  return database.read(what, [&] {
    std::vector<std::int64_t> found;
    auto row = statement(database.connection(), sql);
    while (row.executeStep()) found.push_back(row.getColumn(0).getInt64());
    return found;
  });
}

}  // namespace

Result<std::vector<std::int64_t>> ExperimentStore::unfinished() {
  return ids(database_, "list the unfinished experiments", "SELECT id FROM experiment WHERE state <> 'done' ORDER BY id");
}

Result<std::vector<std::int64_t>> ExperimentStore::cancelling() {
  return ids(database_, "list the experiments that are being cancelled",
             "SELECT id FROM experiment WHERE state <> 'done' AND cancelling = 1 ORDER BY id");
}

Result<std::vector<std::pair<std::int64_t, std::string>>> ExperimentStore::unfinished_after(std::int64_t after) {
  auto& db = database_.connection();
  return database_.read("list the unfinished experiments", [&] {
    std::vector<std::pair<std::int64_t, std::string>> found;
    // Where there is a result already the host stays; such an experiment is like no other.
    auto row = statement(db,
                         "SELECT experiment.id, experiment.submitter, arm.machine, arm.machine_request,"
                         "  experiment.state = 'measuring' AND machine_request <> ''"
                         " FROM experiment LEFT JOIN arm ON arm.experiment = experiment.id"
                         " WHERE experiment.state <> 'done' AND experiment.id > ? ORDER BY experiment.id, arm.position",
                         after);
    while (row.executeStep()) {
      const auto id = row.getColumn(0).getInt64();
      if (found.empty() || found.back().first != id) found.emplace_back(id, row.getColumn(1).getString());
      if (row.isColumnNull(2)) continue;
      const auto place = "\n" + row.getColumn(2).getString() + "\t" + row.getColumn(3).getString() +
                         (row.getColumn(4).getInt() != 0 ? fmt::format("\t{}", id) : std::string());
      // Arms on one machine, which most are, say it once.
      if (found.back().second.size() < place.size() || found.back().second.compare(found.back().second.size() - place.size(), place.size(), place) != 0)
        found.back().second += place;
    }
    return found;
  });
}

Result<void> ExperimentStore::set_state(std::int64_t id, ExperimentState state) {
  auto& db = database_.connection();
  return database_.transaction("store the experiment's state", [&] {
    execute(db, "UPDATE experiment SET state = ? WHERE id = ? AND state <> 'done'", name(state), id);
  });
}

Result<void> ExperimentStore::request_cancel(std::int64_t id) {
  auto& db = database_.connection();
  return database_.transaction("store the cancellation",
                               [&] { execute(db, "UPDATE experiment SET cancelling = 1 WHERE id = ?", id); });
}

Result<void> ExperimentStore::finish(std::int64_t id, Outcome outcome, std::string_view message, std::string_view tail,
                                     double now) {
  auto& db = database_.connection();
  return database_.transaction("store the experiment's end", [&] {
    execute(db,
            "UPDATE experiment SET state = 'done', outcome = ?, message = ?, tail = ?, finished = ?"
            " WHERE id = ? AND state <> 'done'",
            name(outcome), message, tail, now, id);
  });
}

Result<void> ExperimentStore::set_arm_base(std::int64_t arm, std::string_view commit, std::string_view reason,
                                           const std::vector<BaseAttempt>& attempts) {
  auto& db = database_.connection();
  return database_.transaction("store the base commit", [&] {
    execute(db, "UPDATE arm SET commit_id = ?, base_reason = ? WHERE id = ?", commit, reason, arm);
    // A search that a restart cut short is made again, whole.
    execute(db, "DELETE FROM base_attempt WHERE arm = ?", arm);
    std::size_t position = 0;
    for (const auto& attempt : attempts)
      execute(db, "INSERT INTO base_attempt (arm, position, way, wanted, taken, why, words) VALUES (?, ?, ?, ?, ?, ?, ?)", arm,
              position++, attempt.way, attempt.wanted, attempt.taken, attempt.why, attempt.words);
  });
}

Result<ExperimentPlaces> ExperimentStore::places(std::int64_t id) {
  auto& db = database_.connection();
  auto places = database_.read("read the experiment's machines", [&] {
    std::optional<ExperimentPlaces> found;
    auto row = statement(db, "SELECT state, submitter FROM experiment WHERE id = ?", id);
    if (!row.executeStep()) return found;
    found.emplace().state = experiment_state_from_name(row.getColumn(0).getString()).value_or(ExperimentState::queued);
    found->submitter = row.getColumn(1).getString();
    auto arms = statement(db,
                          "SELECT machine, machine_request, max(EXISTS (SELECT 1 FROM slot JOIN boot ON boot.slot = slot.id"
                          "  WHERE slot.arm = arm.id AND outcome IS NOT NULL"
                          "  AND outcome NOT IN ('lab-error', 'interrupted', 'cancelled')))"
                          " FROM arm WHERE experiment = ? GROUP BY machine, machine_request ORDER BY min(position)",
                          id);
    while (arms.executeStep())
      found->places.push_back({arms.getColumn(0).getString(), arms.getColumn(1).getString(), arms.getColumn(2).getInt() != 0});
    return found;
  });
  if (!places) return places.error();
  if (!*places) return input_error("cannot find experiment {}; klab status lists them", id);
  return std::move(**places);
}

Result<void> ExperimentStore::assign_machine(std::int64_t id, std::string_view request, std::string_view machine) {
  auto& db = database_.connection();
  return database_.transaction("store the host of the experiment", [&] {
    execute(db, "UPDATE arm SET machine = ? WHERE experiment = ? AND machine_request = ? AND machine_request <> ''", machine, id,
            request);
  });
}

Result<void> ExperimentStore::set_message(std::int64_t id, std::string_view message) {
  auto& db = database_.connection();
  return database_.transaction("store the experiment's message", [&] {
    execute(db, "UPDATE experiment SET message = ? WHERE id = ? AND state <> 'done'", message, id);
  });
}

Result<void> ExperimentStore::set_arm_build(std::int64_t arm, std::int64_t build) {
  auto& db = database_.connection();
  return database_.transaction("store the build",
                               [&] { execute(db, "UPDATE arm SET build = ? WHERE id = ?", build, arm); });
}

}  // namespace klab

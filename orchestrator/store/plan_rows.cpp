// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/plan_rows.hpp"

#include <algorithm>

#include "store/packed_text.hpp"
#include "store/statement.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

std::int64_t insert_series(SQLite::Database& db, std::int64_t experiment, std::size_t position, const Series& series) {
  const auto id = insert(db,
                         "INSERT INTO series (experiment, position, title, author, version, cover, cover_message_id,"
                         " base_commit, change_id, rfc, resend, versions, prerequisites, mail_subject, mail_sender, mail_recipients,"
                         " mail_left_out) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         experiment, position, series.title, series.author, series.version, series.cover,
                         series.cover_message_id, series.base_commit, series.change_id, series.rfc, series.resend,
                         fmt::format("{}", fmt::join(series.versions, " ")), join(series.prerequisites, "\n"), series.answered.subject,
                         series.answered.sender, join(series.answered.recipients, "\n"), series.answered.left_out);
  for (const auto& patch : series.patches)
    execute(db,
            "INSERT INTO patch (series, number, subject, author, date, message_id, files, mail, mail_text)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, x'', ?)",
            id, patch.number, patch.subject, patch.author, patch.date, patch.message_id, join(patch.files, "\n"),
            store_text_once(db, patch.mail));
  std::size_t aside = 0;
  for (const auto& entry : series.left_aside)
    execute(db, "INSERT INTO left_aside (series, position, what, why) VALUES (?, ?, ?, ?)", id, aside++, entry.what,
            entry.why);
  std::size_t offered = 0;
  for (const auto& entry : series.trailers)
    execute(db, "INSERT INTO offered_trailer (series, position, part, trailer, sender) VALUES (?, ?, ?, ?, ?)", id, offered++,
            entry.part, entry.trailer, entry.from);
  return id;
}

std::int64_t insert_arm(SQLite::Database& db, std::int64_t experiment, std::size_t position, const ArmPlan& arm,
                        const std::vector<std::int64_t>& series) {
  std::optional<std::int64_t> series_id;
  if (arm.series) series_id = series.at(*arm.series);
  std::optional<int> first, last;
  if (arm.patches) first = arm.patches->first, last = arm.patches->last;
  const auto id = insert(db,
                         "INSERT INTO arm (experiment, position, label, tree, base, series, first_patch, last_patch,"
                         " kconfig_base, command_line, machine, architecture, title, heading, machine_request)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         experiment, position, arm.label, arm.tree, arm.base, series_id, first, last, arm.kconfig.base,
                         arm.command_line, arm.machine, name(arm.architecture), arm.title, arm.heading, arm.machine_request);
  std::size_t at = 0;
  for (const auto& fragment : arm.kconfig.fragments)
    execute(db, "INSERT INTO arm_kconfig (arm, position, name, text, long_text) VALUES (?, ?, ?, '', ?)", id, at++, fragment.name,
            store_text_once(db, fragment.text));
  return id;
}

void insert_workload(SQLite::Database& db, std::int64_t experiment, std::size_t position, const WorkloadPlan& workload,
                     const std::vector<std::int64_t>& series) {
  std::optional<std::int64_t> instrument;
  if (workload.instrument) instrument = series.at(*workload.instrument);
  execute(db, "INSERT INTO workload (experiment, position, name, request, hash, instrument) VALUES (?, ?, ?, ?, ?, ?)",
          experiment, position, workload.name, workload.request, workload.hash, instrument);
  std::size_t fact_position = 0;
  for (const auto& fact : workload.facts)
    execute(db,
            "INSERT INTO workload_fact (experiment, workload, position, name, description, shown) VALUES (?, ?, ?, ?, ?, ?)",
            experiment, workload.name, fact_position++, fact.name, fact.description, fact.shown);
  for (const auto& [parameter, value] : workload.parameters)
    execute(db, "INSERT INTO workload_parameter (experiment, workload, name, value) VALUES (?, ?, ?, ?)", experiment,
            workload.name, parameter, value);
  std::size_t at = 0;
  for (const auto& metric : workload.metrics)
    execute(db,
            "INSERT INTO metric (experiment, workload, position, name, unit, better, is_primary, min_change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            experiment, workload.name, at++, metric.name, metric.unit, name(metric.better), metric.primary,
            metric.min_change);
}

Series read_series_row(SQLite::Database& db, std::int64_t id) {
  Series series;
  auto row = statement(db,
                       "SELECT title, author, version, cover, cover_message_id, base_commit, change_id, rfc, resend, versions,"
                       " prerequisites, mail_subject, mail_sender, mail_recipients, mail_left_out FROM series WHERE id = ?",
                       id);
  if (row.executeStep()) {
    series.title = row.getColumn(0).getString();
    series.author = row.getColumn(1).getString();
    series.version = row.getColumn(2).getInt();
    series.cover = row.getColumn(3).getString();
    series.cover_message_id = row.getColumn(4).getString();
    series.base_commit = row.getColumn(5).getString();
    series.change_id = row.getColumn(6).getString();
    series.rfc = row.getColumn(7).getInt() != 0;
    series.resend = row.getColumn(8).getInt() != 0;
    for (const auto& version : split(row.getColumn(9).getString(), ' '))
      if (!version.empty()) series.versions.push_back(std::stoi(version));
    if (const auto lines = row.getColumn(10).getString(); !lines.empty()) series.prerequisites = split_lines(lines);
    series.answered.subject = row.getColumn(11).getString();
    series.answered.sender = row.getColumn(12).getString();
    if (const auto lines = row.getColumn(13).getString(); !lines.empty()) series.answered.recipients = split_lines(lines);
    series.answered.left_out = row.getColumn(14).getInt();
  }
  auto patches = statement(db,
                           "SELECT number, subject, author, date, message_id, files, mail, mail_text FROM patch WHERE series = ?"
                           " ORDER BY number",
                           id);
  while (patches.executeStep()) {
    Patch patch;
    patch.number = patches.getColumn(0).getInt();
    patch.subject = patches.getColumn(1).getString();
    patch.author = patches.getColumn(2).getString();
    patch.date = patches.getColumn(3).getString();
    patch.message_id = patches.getColumn(4).getString();
    patch.files = split_lines(patches.getColumn(5).getString());
    patch.mail = read_text(db, patches.getColumn(6), patches.getColumn(7));
    series.patches.push_back(std::move(patch));
  }
  auto aside = statement(db, "SELECT what, why FROM left_aside WHERE series = ? ORDER BY position", id);
  while (aside.executeStep()) series.left_aside.push_back({aside.getColumn(0).getString(), aside.getColumn(1).getString()});
  auto offered = statement(db, "SELECT part, trailer, sender FROM offered_trailer WHERE series = ? ORDER BY position", id);
  while (offered.executeStep())
    series.trailers.push_back({offered.getColumn(0).getInt(), offered.getColumn(1).getString(), offered.getColumn(2).getString()});
  return series;
}

ArmPlan read_arm(SQLite::Database& db, SQLite::Statement& row, const std::vector<std::int64_t>& series) {
  ArmPlan arm;
  arm.label = row.getColumn(1).getString();
  arm.tree = row.getColumn(2).getString();
  arm.base = row.getColumn(3).getString();
  if (!row.isColumnNull(4)) {
    const auto id = row.getColumn(4).getInt64();
    for (std::size_t i = 0; i < series.size(); ++i)
      if (series[i] == id) arm.series = i;
  }
  if (!row.isColumnNull(5)) arm.patches = PatchRange{row.getColumn(5).getInt(), row.getColumn(6).getInt()};
  arm.kconfig.base = row.getColumn(7).getString();
  arm.command_line = row.getColumn(8).getString();
  arm.machine = row.getColumn(9).getString();
  arm.architecture = architecture_from_name(row.getColumn(10).getString()).value_or(Architecture::x86_64);
  arm.title = row.getColumn(11).getString();
  arm.heading = row.getColumn(12).getString();
  arm.machine_request = row.getColumn(13).getString();
  auto fragments = statement(db, "SELECT name, text, long_text FROM arm_kconfig WHERE arm = ? ORDER BY position",
                             row.getColumn(0).getInt64());
  while (fragments.executeStep())
    arm.kconfig.fragments.push_back({fragments.getColumn(0).getString(), read_text(db, fragments.getColumn(1), fragments.getColumn(2))});
  return arm;
}

WorkloadPlan read_workload(SQLite::Database& db, std::int64_t experiment, SQLite::Statement& row,
                           const std::vector<std::int64_t>& series) {
  WorkloadPlan workload;
  workload.name = row.getColumn(0).getString();
  workload.request = row.getColumn(1).getString();
  workload.hash = row.getColumn(2).getString();
  if (!row.isColumnNull(3))
    workload.instrument = static_cast<std::size_t>(
        std::find(series.begin(), series.end(), row.getColumn(3).getInt64()) - series.begin());
  auto facts = statement(db, "SELECT name, description, shown FROM workload_fact WHERE experiment = ? AND workload = ?"
                             " ORDER BY position", experiment, workload.name);
  while (facts.executeStep())
    workload.facts.push_back({facts.getColumn(0).getString(), facts.getColumn(1).getString(), facts.getColumn(2).getInt() != 0});
  auto parameters = statement(db, "SELECT name, value FROM workload_parameter WHERE experiment = ? AND workload = ?",
                              experiment, workload.name);
  while (parameters.executeStep())
    workload.parameters[parameters.getColumn(0).getString()] = parameters.getColumn(1).getString();
  auto metrics = statement(db,
                           "SELECT name, unit, better, is_primary, min_change FROM metric WHERE experiment = ?"
                           " AND workload = ? ORDER BY position",
                           experiment, workload.name);
  while (metrics.executeStep())
    workload.metrics.push_back({metrics.getColumn(0).getString(), metrics.getColumn(1).getString(),
                                better_from_name(metrics.getColumn(2).getString()).value_or(Better::higher),
                                metrics.getColumn(3).getInt() != 0, metrics.getColumn(4).getDouble()});
  return workload;
}

}  // namespace

std::int64_t insert_plan(SQLite::Database& db, const ExperimentPlan& plan, double now) {
  const auto experiment = insert(
      db, "INSERT INTO experiment (title, submitter, created, state, boots, seed, delta, profile, confirm)"
          " VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?)",
      plan.title, plan.submitter, now, plan.boots, plan.seed, plan.delta, plan.profile, plan.confirm);
  std::vector<std::int64_t> series, arms;
  for (const auto& entry : plan.series) series.push_back(insert_series(db, experiment, series.size(), entry));
  for (const auto& entry : plan.arms) arms.push_back(insert_arm(db, experiment, arms.size(), entry, series));
  std::size_t position = 0;
  for (const auto& [reference, patched] : plan.contrasts)
    execute(db, "INSERT INTO contrast (experiment, position, reference, patched) VALUES (?, ?, ?, ?)", experiment,
            position++, arms.at(reference), arms.at(patched));
  position = 0;
  for (const auto& entry : plan.workloads) insert_workload(db, experiment, position++, entry, series);
  return experiment;
}

ExperimentPlan read_plan(SQLite::Database& db, std::int64_t experiment) {
  ExperimentPlan plan;
  auto row = statement(db, "SELECT title, submitter, boots, seed, delta, profile, confirm FROM experiment WHERE id = ?", experiment);
  if (row.executeStep()) {
    plan.title = row.getColumn(0).getString();
    plan.submitter = row.getColumn(1).getString();
    plan.boots = row.getColumn(2).getInt();
    plan.seed = static_cast<std::uint64_t>(row.getColumn(3).getInt64());
    plan.delta = row.getColumn(4).getDouble();
    plan.profile = row.getColumn(5).getInt() != 0;
    plan.confirm = row.getColumn(6).getInt() != 0;
  }
  std::vector<std::int64_t> series_ids, arm_ids;
  auto series = statement(db, "SELECT id FROM series WHERE experiment = ? ORDER BY position", experiment);
  while (series.executeStep()) {
    series_ids.push_back(series.getColumn(0).getInt64());
    plan.series.push_back(read_series_row(db, series_ids.back()));
  }
  auto arms = statement(db,
                        "SELECT id, label, tree, base, series, first_patch, last_patch, kconfig_base, command_line,"
                        " machine, architecture, title, heading, machine_request FROM arm WHERE experiment = ? ORDER BY position",
                        experiment);
  while (arms.executeStep()) {
    arm_ids.push_back(arms.getColumn(0).getInt64());
    plan.arms.push_back(read_arm(db, arms, series_ids));
  }
  const auto index_of = [&](std::int64_t id) {
    return static_cast<std::size_t>(std::find(arm_ids.begin(), arm_ids.end(), id) - arm_ids.begin());
  };
  auto contrasts = statement(db, "SELECT reference, patched FROM contrast WHERE experiment = ? ORDER BY position", experiment);
  while (contrasts.executeStep())
    plan.contrasts.emplace_back(index_of(contrasts.getColumn(0).getInt64()), index_of(contrasts.getColumn(1).getInt64()));
  auto workloads = statement(db, "SELECT name, request, hash, instrument FROM workload WHERE experiment = ? ORDER BY position", experiment);
  while (workloads.executeStep()) plan.workloads.push_back(read_workload(db, experiment, workloads, series_ids));
  return plan;
}

}  // namespace klab

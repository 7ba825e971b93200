// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/boot_store.hpp"

#include "store/packed_text.hpp"
#include "store/profile_rows.hpp"
#include "store/result_rows.hpp"
#include "store/statement.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

std::string encode_facts(const std::map<std::string, std::string>& facts) {
  std::string text;
  for (const auto& [key, value] : facts) text += printable(key) + ": " + printable(value) + "\n";
  return text;
}

std::map<std::string, std::string> decode_facts(std::string_view text) {
  std::map<std::string, std::string> facts;
  for (const auto& line : split_lines(text))
    if (const auto colon = line.find(": "); colon != std::string::npos) facts[line.substr(0, colon)] = line.substr(colon + 2);
  return facts;
}

std::int64_t fingerprint_id(SQLite::Database& db, const HostFingerprint& fingerprint) {
  execute(db, "INSERT OR IGNORE INTO fingerprint (digest, facts) VALUES (?, ?)", fingerprint.digest(),
          encode_facts(fingerprint.facts));
  auto row = statement(db, "SELECT id FROM fingerprint WHERE digest = ?", fingerprint.digest());
  row.executeStep();
  return row.getColumn(0).getInt64();
}

std::optional<double> optional_double(SQLite::Statement& row, int column) {
  if (row.isColumnNull(column)) return std::nullopt;
  return row.getColumn(column).getDouble();
}

// What a boot said, in the lab's words for its machine: one resembles the next.
void store_texts(SQLite::Database& db, std::int64_t boot, const BootEnd& end) {
  std::string machine;
  if (auto row = statement(db, "SELECT machine FROM boot WHERE id = ?", boot); row.executeStep()) machine = row.getColumn(0).getString();
  execute(db, "UPDATE boot SET console_text = ?, guest_facts_text = ? WHERE id = ?", store_text(db, end.console, "console of " + machine),
          store_text(db, encode_facts(end.guest_facts), "guest facts of " + machine), boot);
}

// A macro, because it is continued by literals.
#define BOOT_LINE                                                                                                \
  "SELECT boot.id, slot.arm, slot.position, attempt, outcome, boot.title, excerpt, acceleration, started,"      \
  " finished, seconds_to_userspace, load_before, load_after, steal_after - steal_before,"                       \
  " coalesce(governor_after, governor_before, ''), slot.experiment, arm.label, boot.command_line, slot.profile" \
  " FROM boot JOIN slot ON boot.slot = slot.id JOIN arm ON slot.arm = arm.id"

BootRecord read_line(SQLite::Statement& row) {
  BootRecord boot;
  boot.id = row.getColumn(0).getInt64();
  boot.arm = row.getColumn(1).getInt64();
  boot.position = row.getColumn(2).getInt();
  boot.attempt = row.getColumn(3).getInt();
  if (!row.isColumnNull(4)) boot.outcome = outcome_from_name(row.getColumn(4).getString());
  boot.title = row.getColumn(5).getString();
  boot.excerpt = row.getColumn(6).getString();
  boot.acceleration = row.getColumn(7).getString();
  boot.started = row.getColumn(8).getDouble();
  boot.finished = optional_double(row, 9);
  boot.seconds_to_userspace = optional_double(row, 10);
  boot.load_before = optional_double(row, 11);
  boot.load_after = optional_double(row, 12);
  boot.steal = optional_double(row, 13);
  boot.governor = row.getColumn(14).getString();
  return boot;
}

Error no_such_boot(std::int64_t boot) {
  return input_error("cannot find boot {}; klab show EXPERIMENT names its boots", boot);
}

}  // namespace

Result<void> BootStore::add_slots(std::int64_t experiment, const std::vector<std::int64_t>& arms) {
  return add_slots(experiment, arms, BootKind::measured);
}
Result<void> BootStore::add_profile_slots(std::int64_t experiment, const std::vector<std::int64_t>& arms) {
  return add_slots(experiment, arms, BootKind::profiled);
}

Result<void> BootStore::add_slots(std::int64_t experiment, const std::vector<std::int64_t>& arms, BootKind kind) {
  const bool profile = kind == BootKind::profiled;
  auto& db = database_.connection();
  return database_.transaction("store the order of the boots", [&] {
    auto count = statement(db, "SELECT count(*) FILTER (WHERE profile = ?), count(*) FROM slot WHERE experiment = ?", profile,
                           experiment);
    count.executeStep();
    if (count.getColumn(0).getInt() > 0) return;
    int position = count.getColumn(1).getInt();
    for (const auto arm : arms)
      execute(db, "INSERT INTO slot (experiment, position, arm, profile) VALUES (?, ?, ?, ?)", experiment, ++position, arm,
              profile);
  });
}

Result<std::vector<Slot>> BootStore::slots(std::int64_t experiment, BootKind kind) {
  auto& db = database_.connection();
  return database_.read("read the order of the boots", [&] {
    std::vector<Slot> slots;
    auto row = statement(db,
                         "SELECT id, position, arm, (SELECT count(*) FROM boot WHERE boot.slot = slot.id),"
                         " (SELECT id FROM boot WHERE boot.slot = slot.id AND outcome IS NOT NULL"
                         "  AND outcome NOT IN ('lab-error', 'interrupted', 'cancelled'))"
                         " FROM slot WHERE experiment = ? AND profile = ? ORDER BY position",
                         experiment, kind == BootKind::profiled);
    while (row.executeStep()) {
      Slot slot{row.getColumn(0).getInt64(), row.getColumn(1).getInt(), row.getColumn(2).getInt64(),
                row.getColumn(3).getInt(), {}, kind == BootKind::profiled};
      if (!row.isColumnNull(4)) slot.result = row.getColumn(4).getInt64();
      slots.push_back(slot);
    }
    return slots;
  });
}

Result<std::int64_t> BootStore::start(const BootStart& boot) {
  auto& db = database_.connection();
  return database_.transaction("store the boot's start", [&] {
    std::string machine;
    if (auto row = statement(db, "SELECT arm.machine FROM slot JOIN arm ON slot.arm = arm.id WHERE slot.id = ?", boot.slot); row.executeStep())
      machine = row.getColumn(0).getString();
    return insert(db,
                  "INSERT INTO boot (slot, attempt, started, acceleration, command_line, case_seed, nonce, reproduce_text,"
                  " fingerprint, load_before, steal_before, governor_before, machine) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  boot.slot, boot.attempt, boot.started, boot.acceleration, boot.command_line, boot.case_seed, boot.nonce,
                  store_text(db, boot.reproduce, "reproduce of " + machine), fingerprint_id(db, boot.fingerprint), boot.before.load1,
                  boot.before.steal_seconds, boot.before.governor, machine);
  });
}

Result<void> BootStore::finish(std::int64_t boot, const BootEnd& end) {
  auto& db = database_.connection();
  return database_.transaction("store the boot", [&] {
    execute(db,
            "UPDATE boot SET outcome = ?, title = ?, excerpt = ?, finished = ?, console_cut = ?, load_after = ?,"
            " steal_after = ?, governor_after = ?, seconds_to_userspace = ? WHERE id = ? AND outcome IS NULL",
            name(end.outcome), end.title, end.excerpt, end.finished, end.console_cut, end.after.load1, end.after.steal_seconds,
            end.after.governor, end.seconds_to_userspace, boot);
    if (db.getChanges() != 1) return;
    store_texts(db, boot, end);
    if (!end.acceleration.empty()) execute(db, "UPDATE boot SET acceleration = ? WHERE id = ?", end.acceleration, boot);
    insert_results(db, boot, end);
  });
}

Result<int> BootStore::mark_interrupted(double now) {
  auto& db = database_.connection();
  return database_.transaction("store the interruption", [&] {
    execute(db,
            "UPDATE boot SET outcome = 'interrupted', title = 'the lab stopped during this boot', finished = ?"
            " WHERE outcome IS NULL",
            now);
    return db.getChanges();
  });
}

Result<std::vector<std::pair<std::int64_t, int>>> BootStore::results() {
  auto& db = database_.connection();
  return database_.read("read the boots", [&] {
    std::vector<std::pair<std::int64_t, int>> found;
    auto row = statement(db, "SELECT slot, attempt FROM boot WHERE outcome IS NOT NULL"
                             " AND outcome NOT IN ('lab-error', 'interrupted', 'cancelled')");
    while (row.executeStep()) found.emplace_back(row.getColumn(0).getInt64(), row.getColumn(1).getInt());
    return found;
  });
}

Result<std::vector<BootRecord>> BootStore::list(std::int64_t experiment, BootKind kind) {
  auto& db = database_.connection();
  return database_.read("list the boots", [&] {
    std::vector<BootRecord> boots;
    auto row = statement(db, BOOT_LINE " WHERE slot.experiment = ? AND slot.profile = ? ORDER BY slot.position, attempt",
                         experiment, kind == BootKind::profiled);
    while (row.executeStep()) boots.push_back(read_line(row));
    return boots;
  });
}

Result<BootDetail> BootStore::get(std::int64_t boot) {
  auto& db = database_.connection();
  auto found = database_.read("read the boot", [&] {
    std::optional<BootDetail> found;
    auto row = statement(db, BOOT_LINE " WHERE boot.id = ?", boot);
    if (!row.executeStep()) return found;
    found.emplace().line = read_line(row);
    found->experiment = row.getColumn(15).getInt64();
    found->arm_label = row.getColumn(16).getString();
    found->command_line = row.getColumn(17).getString();
    found->profile = row.getColumn(18).getInt() != 0;
    return found;
  });
  if (!found) return found.error();
  if (!*found) return no_such_boot(boot);
  return std::move(**found);
}

Result<std::string> BootStore::column(std::int64_t boot, const char* sql) {
  auto& db = database_.connection();
  auto text = database_.read("read the boot", [&] {
    std::optional<std::string> found;
    auto row = statement(db, sql, boot);
    if (row.executeStep()) found = read_text(db, row.getColumn(0), row.getColumn(1));
    return found;
  });
  if (!text) return text.error();
  if (!*text) return no_such_boot(boot);
  return std::move(**text);
}

Result<std::string> BootStore::console(std::int64_t boot) {
  return column(boot, "SELECT console, console_text FROM boot WHERE id = ?");
}
Result<std::string> BootStore::reproduce(std::int64_t boot) {
  return column(boot, "SELECT reproduce, reproduce_text FROM boot WHERE id = ?");
}

Result<std::map<std::string, std::string>> BootStore::fingerprint(std::int64_t boot) {
  auto text = column(boot, "SELECT facts, NULL FROM boot JOIN fingerprint ON boot.fingerprint = fingerprint.id WHERE boot.id = ?");
  if (!text) return text.error();
  return decode_facts(*text);
}

Result<std::map<std::int64_t, ExperimentGround>> BootStore::grounds(const std::vector<std::int64_t>& experiments) {
  auto& db = database_.connection();
  return database_.read("read what the experiments ran on", [&] {
    std::map<std::int64_t, ExperimentGround> grounds;
    // One boot speaks for all of its machine.
    auto row = statement(db,
                         "WITH ran AS (SELECT arm.machine AS machine, boot.acceleration AS acceleration, min(boot.id) AS id FROM arm"
                         "  LEFT JOIN slot ON slot.experiment = arm.experiment AND slot.arm = arm.id AND NOT slot.profile"
                         "  LEFT JOIN boot ON boot.slot = slot.id AND boot.outcome = 'ok'"
                         "  WHERE arm.experiment = ? GROUP BY arm.machine, boot.acceleration)"
                         " SELECT ran.machine, ran.acceleration, fingerprint.facts FROM ran LEFT JOIN boot ON boot.id = ran.id"
                         " LEFT JOIN fingerprint ON fingerprint.id = boot.fingerprint ORDER BY ran.machine, ran.id");
    for (const auto experiment : experiments) {
      if (grounds.count(experiment)) continue;
      auto& ground = grounds[experiment];
      row.reset();
      row.bind(1, experiment);
      while (row.executeStep()) {
        const auto machine = row.getColumn(0).getString();
        ground.machines.insert(machine);
        if (row.isColumnNull(1)) continue;
        ground.accelerations.insert(row.getColumn(1).getString());
        if (!row.isColumnNull(2)) ground.host_of.try_emplace(machine, decode_facts(row.getColumn(2).getString()));
      }
    }
    return grounds;
  });
}

Result<std::map<std::string, std::string>> BootStore::guest_facts(std::int64_t boot) {
  auto text = column(boot, "SELECT guest_facts, guest_facts_text FROM boot WHERE id = ?");
  if (!text) return text.error();
  return decode_facts(*text);
}

Result<std::vector<Sample>> BootStore::samples(std::int64_t boot) {
  return database_.read("read the samples", [&] { return read_samples(database_.connection(), boot); });
}
Result<std::vector<Summary>> BootStore::summaries(std::int64_t boot) {
  return database_.read("read the summaries", [&] { return read_summaries(database_.connection(), boot); });
}
Result<RowValues> BootStore::row_values(std::int64_t experiment, const std::string& workload, const std::string& case_name,
                                        const std::string& metric) {
  return database_.read("read the row", [&] { return read_row_values(database_.connection(), experiment, {workload, case_name, metric}); });
}
Result<std::vector<Fact>> BootStore::facts(std::int64_t boot) {
  return database_.read("read the facts", [&] { return read_facts(database_.connection(), boot); });
}
Result<std::vector<BootNote>> BootStore::notes(std::int64_t boot) {
  return database_.read("read the notes", [&] { return read_notes(database_.connection(), boot); });
}
Result<std::vector<UnavailableCase>> BootStore::unavailable(std::int64_t boot) {
  return database_.read("read the cases", [&] { return read_unavailable(database_.connection(), boot); });
}
Result<std::map<std::int64_t, BootNumbers>> BootStore::numbers(std::int64_t experiment) {
  return database_.read("read the summaries", [&] { return read_numbers(database_.connection(), experiment); });
}
Result<std::map<std::int64_t, std::vector<Fact>>> BootStore::facts_said(std::int64_t experiment) {
  return database_.read("read the facts", [&] { return read_facts_said(database_.connection(), experiment); });
}

Result<std::vector<CaseProfile>> BootStore::profiles(std::int64_t boot) {
  return database_.read("read the profile", [&] { return read_profiles(database_.connection(), boot); });
}

}  // namespace klab

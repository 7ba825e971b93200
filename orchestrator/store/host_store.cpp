// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/host_store.hpp"

#include "store/statement.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

void insert_event(SQLite::Database& db, const std::string& host, std::string_view kind, std::string_view text, double now) {
  execute(db, "INSERT INTO host_event (host, time, kind, text) VALUES (?, ?, ?, ?)", host, now, kind, printable(text));
}

// Of all hosts, or of one.
std::map<std::string, HostStanding> read_standings(SQLite::Database& db, const std::optional<std::string>& host) {
  std::map<std::string, HostStanding> standings;
  auto quarantines = statement(db, "SELECT host, reason, person, since FROM quarantine WHERE host = coalesce(?, host)", host);
  while (quarantines.executeStep())
    standings[quarantines.getColumn(0).getString()].quarantine =
        Quarantine{quarantines.getColumn(1).getString(), quarantines.getColumn(2).getString(), quarantines.getColumn(3).getDouble()};
  auto reservations =
      statement(db, "SELECT host, person, made_by, since, until FROM reservation WHERE host = coalesce(?, host)", host);
  while (reservations.executeStep())
    standings[reservations.getColumn(0).getString()].reservation =
        Reservation{reservations.getColumn(1).getString(), reservations.getColumn(2).getString(),
                    reservations.getColumn(3).getDouble(), reservations.getColumn(4).getDouble()};
  return standings;
}

}  // namespace

Result<std::map<std::string, HostStanding>> HostStore::standings() {
  return database_.read("read the state of the hosts", [&] { return read_standings(database_.connection(), std::nullopt); });
}

Result<HostStanding> HostStore::standing(const std::string& host) {
  return database_.read("read the state of the host", [&] { return read_standings(database_.connection(), host)[host]; });
}

Result<bool> HostStore::quarantine(const std::string& host, std::string_view reason, std::string_view person, double now) {
  auto& db = database_.connection();
  ++changes_;
  return database_.transaction("store the quarantine", [&] {
    execute(db, "INSERT OR IGNORE INTO quarantine (host, reason, person, since) VALUES (?, ?, ?, ?)", host, printable(reason),
            printable(person), now);
    const bool fresh = db.getChanges() == 1;
    insert_event(db, host, "quarantine", fmt::format("{} (by {}{})", reason, person, fresh ? "" : ", in quarantine already"), now);
    return fresh;
  });
}

Result<void> HostStore::reserve(const std::string& host, const Reservation& reservation) {
  auto& db = database_.connection();
  ++changes_;
  return database_.transaction("store the reservation", [&] {
    execute(db, "INSERT OR REPLACE INTO reservation (host, person, made_by, since, until) VALUES (?, ?, ?, ?, ?)", host,
            reservation.person, reservation.made_by, reservation.since, reservation.until);
    insert_event(db, host, "reserve",
                 fmt::format("for {} until {} (by {})", reservation.person, local_time(reservation.until), reservation.made_by),
                 reservation.since);
  });
}

Result<HostStanding> HostStore::release(const std::string& host, std::string_view person, double now) {
  auto& db = database_.connection();
  ++changes_;
  return database_.transaction("store the release", [&] {
    const auto before = read_standings(db, host)[host];
    execute(db, "DELETE FROM quarantine WHERE host = ?", host);
    execute(db, "DELETE FROM reservation WHERE host = ?", host);
    if (before.quarantine)
      insert_event(db, host, "release", fmt::format("from quarantine: {} (by {})", before.quarantine->reason, person), now);
    if (before.reservation)
      insert_event(db, host, "release", fmt::format("from the reservation for {} (by {})", before.reservation->person, person), now);
    return before;
  });
}

Result<int> HostStore::end_reservations(double now) {
  auto& db = database_.connection();
  auto due = database_.read("read the reservations", [&] {
    std::vector<std::pair<std::string, std::string>> due;
    auto row = statement(db, "SELECT host, person FROM reservation WHERE until <= ?", now);
    while (row.executeStep()) due.emplace_back(row.getColumn(0).getString(), row.getColumn(1).getString());
    return due;
  });
  if (!due) return due.error();
  if (due->empty()) return 0;
  ++changes_;
  return database_.transaction("store the end of a reservation", [&] {
    for (const auto& [host, person] : *due) {
      execute(db, "DELETE FROM reservation WHERE host = ?", host);
      insert_event(db, host, "reservation ended", fmt::format("for {}: its time was over", person), now);
    }
    return static_cast<int>(due->size());
  });
}

Result<void> HostStore::add_event(const std::string& host, std::string_view kind, std::string_view text, double now) {
  auto& db = database_.connection();
  return database_.transaction("store what happened to the host", [&] { insert_event(db, host, kind, text, now); });
}

Result<std::vector<HostEvent>> HostStore::events(const std::string& host, int limit) {
  auto& db = database_.connection();
  return database_.read("read what happened to the host", [&] {
    std::vector<HostEvent> events;
    auto row = statement(db, "SELECT time, kind, text FROM host_event WHERE host = ? ORDER BY id DESC LIMIT ?", host, limit);
    while (row.executeStep())
      events.push_back({row.getColumn(0).getDouble(), row.getColumn(1).getString(), row.getColumn(2).getString()});
    return events;
  });
}

Result<void> HostStore::set_probe(const std::string& host, const HostProbe& probe) {
  auto& db = database_.connection();
  return database_.transaction("store the probe", [&] {
    execute(db, "DELETE FROM host_probe WHERE host = ?", host);
    execute(db, "INSERT INTO host_probe (host, time) VALUES (?, ?)", host, probe.time);
    std::size_t position = 0, bad = 0;
    for (const auto& finding : probe.findings) {
      execute(db, "INSERT INTO probe_finding (host, position, subject, good, text, remedy) VALUES (?, ?, ?, ?, ?, ?)", host,
              position++, printable(finding.subject), finding.good, printable(finding.text), printable(finding.remedy));
      if (!finding.good) ++bad;
    }
    insert_event(db, host, "probe", bad ? fmt::format("{} of {} findings are bad", bad, position) : "all is in order", probe.time);
  });
}

Result<std::optional<HostProbe>> HostStore::probe(const std::string& host) {
  auto& db = database_.connection();
  return database_.read("read the probe", [&] {
    std::optional<HostProbe> probe;
    auto row = statement(db, "SELECT time FROM host_probe WHERE host = ?", host);
    if (!row.executeStep()) return probe;
    probe.emplace().time = row.getColumn(0).getDouble();
    auto findings = statement(db, "SELECT subject, good, text, remedy FROM probe_finding WHERE host = ? ORDER BY position", host);
    while (findings.executeStep())
      probe->findings.push_back({findings.getColumn(0).getString(), findings.getColumn(1).getInt() != 0,
                                 findings.getColumn(2).getString(), findings.getColumn(3).getString()});
    return probe;
  });
}

Result<std::vector<BootOfHost>> HostStore::boots(const std::string& host, int limit) {
  auto& db = database_.connection();
  return database_.read("list the boots of the host", [&] {
    std::vector<BootOfHost> boots;
    auto row = statement(db,
                         "SELECT boot.id, slot.experiment, arm.label, outcome, boot.title, started FROM boot"
                         " JOIN slot ON boot.slot = slot.id JOIN arm ON slot.arm = arm.id WHERE boot.machine = ?"
                         " ORDER BY boot.id DESC LIMIT ?",
                         host, limit);
    while (row.executeStep()) {
      BootOfHost boot{row.getColumn(0).getInt64(), row.getColumn(1).getInt64(), row.getColumn(2).getString(), {},
                    row.getColumn(4).getString(), row.getColumn(5).getDouble()};
      if (!row.isColumnNull(3)) boot.outcome = outcome_from_name(row.getColumn(3).getString());
      boots.push_back(std::move(boot));
    }
    return boots;
  });
}

Result<std::optional<std::int64_t>> HostStore::newest_aa(const std::string& host) {
  auto& db = database_.connection();
  return database_.read("look for an A/A run of the host", [&] {
    std::optional<std::int64_t> found;
    // IS, because most of these may be NULL; the fragments as one text each.
    auto row = statement(db,
                         "WITH told AS (SELECT arm.*, (SELECT group_concat(name || char(10) || text) FROM"
                         "   (SELECT name, text || coalesce(long_text, '') AS text FROM arm_kconfig WHERE arm = arm.id ORDER BY position)) AS kconfig FROM arm)"
                         " SELECT a.experiment FROM told a JOIN told b ON a.experiment = b.experiment AND a.position = 0"
                         "  AND b.position = 1"
                         " WHERE a.machine = ? AND b.machine = a.machine AND a.tree = b.tree AND a.base = b.base"
                         "  AND a.series IS b.series AND a.first_patch IS b.first_patch AND a.last_patch IS b.last_patch"
                         "  AND a.kconfig_base = b.kconfig_base AND a.command_line = b.command_line AND a.kconfig IS b.kconfig"
                         "  AND NOT EXISTS (SELECT 1 FROM arm c WHERE c.experiment = a.experiment AND c.position > 1)"
                         " ORDER BY a.experiment DESC LIMIT 1",
                         host);
    if (row.executeStep()) found = row.getColumn(0).getInt64();
    return found;
  });
}

}  // namespace klab

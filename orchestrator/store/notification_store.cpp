// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/notification_store.hpp"

#include <algorithm>

#include "store/statement.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// JSON of flat facts; the store has no JSON library, SQLite has one.
std::string facts_json(SQLite::Database& db, const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string object = "{}";
  for (const auto& [key, value] : facts) {
    auto row = statement(db, "SELECT json_set(?, '$.' || ?, ?)", object, key, value);
    row.executeStep();
    object = row.getColumn(0).getString();
  }
  return object;
}

std::vector<Notification> quarantines(SQLite::Database& db) {
  std::vector<Notification> found;
  auto row = statement(db,
                       "SELECT id, host, text, time FROM host_event WHERE kind = 'quarantine' AND text NOT LIKE '%, in quarantine already)'"
                       " AND time >= (SELECT time FROM notification_begin)"
                       " AND NOT EXISTS (SELECT 1 FROM notification WHERE event = 'quarantine:' || host_event.id) ORDER BY id");
  while (row.executeStep()) {
    const auto host = row.getColumn(1).getString(), text = row.getColumn(2).getString();
    Notification n;
    n.event = fmt::format("quarantine:{}", row.getColumn(0).getInt64());
    n.kind = tell_quarantine;
    n.subject = fmt::format("host {} is quarantined", host);
    n.body = fmt::format("Host {} is quarantined: {}\n\nklab host show {} says more; klab host release {} when it is mended.\n", host, text, host, host);
    n.facts = facts_json(db, {{"host", host}, {"reason", text}});
    found.push_back(std::move(n));
  }
  return found;
}

// " (TCG, overcommitted)", or nothing.
std::string in_brackets(const std::vector<std::string>& labels) { return labels.empty() ? "" : " (" + join(labels, ", ") + ")"; }

std::vector<Notification> nights(SQLite::Database& db, const NotificationStore::LabelsOf& labels) {
  std::vector<Notification> found;
  auto row = statement(db,
                       "SELECT id, matrix, date FROM night WHERE finished IS NOT NULL AND finished >= (SELECT time FROM notification_begin)"
                       " AND NOT EXISTS (SELECT 1 FROM notification WHERE event = 'night:' || night.id) ORDER BY id");
  while (row.executeStep()) {
    const auto id = row.getColumn(0).getInt64();
    const auto matrix = row.getColumn(1).getString(), date = row.getColumn(2).getString();
    std::string cells, summary;
    std::map<std::string, int> verdicts;
    std::vector<std::int64_t> experiments;
    auto cell = statement(db,
                          "SELECT cell.label, night_cell.state, night_cell.verdict, night_cell.reason, night_cell.experiment FROM night_cell"
                          " JOIN cell ON cell.id = night_cell.cell WHERE night = ? ORDER BY night_cell.position",
                          id);
    while (cell.executeStep()) {
      const auto state = cell.getColumn(1).getString(), verdict = cell.getColumn(2).getString(), reason = cell.getColumn(3).getString();
      const auto word = verdict.empty() ? state : verdict;
      ++verdicts[word];
      std::string where;
      if (!cell.isColumnNull(4)) {
        experiments.push_back(cell.getColumn(4).getInt64());
        where = fmt::format(", experiment {}{}", experiments.back(), in_brackets(labels({experiments.back()})));
      }
      cells += fmt::format("  {}: {}{}{}\n", cell.getColumn(0).getString(), word, reason.empty() ? "" : " (" + reason + ")", where);
    }
    const auto all_labels = labels(experiments);
    for (const auto& [word, number] : verdicts) summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", number, word);
    Notification n;
    n.event = fmt::format("night:{}", id);
    n.kind = tell_night;
    const auto came_out = (summary.empty() ? "nothing to do" : summary) + in_brackets(all_labels);
    n.subject = fmt::format("matrix {}, night of {}: {}", matrix, date, came_out);
    n.body = fmt::format("Matrix {}, night of {}: {}\n\n{}", matrix, date, came_out, cells);
    n.facts = facts_json(db, {{"night", fmt::format("{}", id)}, {"matrix", matrix}, {"date", date}, {"summary", summary},
                              {"labels", join(all_labels, ", ")}});
    found.push_back(std::move(n));
  }
  return found;
}

// Worse, that is: the same change of a metric that is better the other way is none.
std::vector<Notification> regressions(SQLite::Database& db, const NotificationStore::LabelsOf& labels) {
  std::vector<Notification> found;
  auto row = statement(db,
                       "SELECT i.id, cell.matrix, cell.label, i.workload, i.case_name, i.metric, i.magnitude, i.culprit, i.conclusion, i.is_ratio"
                       " FROM investigation i JOIN cell ON cell.id = i.cell"
                       " WHERE i.state = 'ended' AND i.result IN ('commit named', 'confirmed')"
                       " AND i.finished >= (SELECT time FROM notification_begin)"
                       " AND NOT EXISTS (SELECT 1 FROM notification WHERE event = 'regression:investigation:' || i.id)"
                       " AND (i.magnitude > 0) = ('lower' = coalesce((SELECT better FROM metric JOIN night_cell c"
                       "   ON c.experiment = metric.experiment WHERE c.cell = i.cell AND metric.workload = i.workload"
                       "   AND metric.name = i.metric ORDER BY c.night DESC LIMIT 1), 'lower')) ORDER BY i.id");
  while (row.executeStep()) {
    const auto text = [&](int column) { return row.getColumn(column).getString(); };
    const auto where = fmt::format("{} {} {}", text(3), text(4), text(5));
    std::vector<std::int64_t> experiments;
    auto behind = statement(db,
                            "SELECT c.experiment FROM night_cell c JOIN investigation i ON c.id IN (i.last_good, i.first_bad)"
                            " WHERE i.id = ?1 AND c.experiment IS NOT NULL UNION SELECT experiment FROM investigation_step"
                            " WHERE investigation = ?1 AND experiment IS NOT NULL",
                            row.getColumn(0).getInt64());
    while (behind.executeStep()) experiments.push_back(behind.getColumn(0).getInt64());
    const auto all_labels = labels(experiments);
    const double magnitude = row.getColumn(6).getDouble();
    const bool is_ratio = row.getColumn(9).getInt() != 0;
    const auto change = is_ratio ? fmt::format("{:+.1f} %", 100.0 * magnitude) : fmt::format("{:+.4g}", magnitude);
    Notification n;
    n.event = fmt::format("regression:investigation:{}", row.getColumn(0).getInt64());
    n.kind = tell_regression;
    n.subject = fmt::format("regression confirmed in {}: {} {}", text(2), where, change) +
                (text(7).empty() ? std::string() : fmt::format(", commit {}", text(7).substr(0, 12))) + in_brackets(all_labels);
    n.body = fmt::format("Matrix {}, cell {}: {} changed by {}, and fresh boots confirm it{}.\n\n{}\n", text(1), text(2), where, change,
                         in_brackets(all_labels), text(8));
    n.facts = facts_json(db, {{"investigation", fmt::format("{}", row.getColumn(0).getInt64())}, {"matrix", text(1)}, {"cell", text(2)},
                              {"row", where}, {"change", fmt::format("{}", magnitude)}, {"kind", is_ratio ? "ratio" : "difference"}, {"commit", text(7)},
                              {"conclusion", text(8)}, {"labels", join(all_labels, ", ")}});
    found.push_back(std::move(n));
  }
  return found;
}

// A macro, because it is continued by literals.
#define DELIVERIES                                                                                            \
  "SELECT n.id, n.event, n.kind, n.subject, n.body, n.facts, n.created, d.channel, d.state, d.attempts,"      \
  " d.next_attempt, d.last_error, d.finished FROM delivery d JOIN notification n ON n.id = d.notification"

Delivery read_delivery(SQLite::Statement& row) {
  Delivery d;
  auto& n = d.notification;
  n.id = row.getColumn(0).getInt64();
  std::string* const texts[] = {&n.event, &n.kind, &n.subject, &n.body, &n.facts};
  for (int i = 0; i < 5; ++i) *texts[i] = row.getColumn(1 + i).getString();
  n.created = row.getColumn(6).getDouble();
  d.channel = row.getColumn(7).getString();
  d.state = row.getColumn(8).getString();
  d.attempts = row.getColumn(9).getInt();
  d.next_attempt = row.getColumn(10).getDouble();
  d.last_error = row.getColumn(11).getString();
  if (!row.isColumnNull(12)) d.finished = row.getColumn(12).getDouble();
  return d;
}

}  // namespace

Result<int> NotificationStore::collect(const std::vector<NotifyChannel>& channels, double now, const LabelsOf& given) {
  auto& db = database_.connection();
  const LabelsOf labels = given ? given : [](const std::vector<std::int64_t>&) { return std::vector<std::string>(); };
  // Nothing new is the rule, and costs no transaction that writes.
  auto fresh = database_.read("look for what is to be told", [&] {
    auto all = quarantines(db);
    for (auto&& some : {nights(db, labels), regressions(db, labels)}) all.insert(all.end(), some.begin(), some.end());
    return all;
  });
  if (!fresh) return fresh.error();
  if (fresh->empty()) return 0;
  return database_.transaction("store what is to be told", [&] {
    int stored = 0;
    for (const auto& n : *fresh) {
      execute(db, "INSERT OR IGNORE INTO notification (event, kind, subject, body, facts, created) VALUES (?, ?, ?, ?, ?, ?)", n.event, n.kind,
              printable(n.subject), printable_lines(n.body), n.facts, now);
      if (db.getChanges() == 0) continue;
      ++stored;
      const auto id = db.getLastInsertRowid();
      for (const auto& channel : channels)
        if (std::find(channel.on.begin(), channel.on.end(), n.kind) != channel.on.end())
          execute(db, "INSERT INTO delivery (notification, channel, state, next_attempt) VALUES (?, ?, 'waiting', ?)", id, channel.name, now);
    }
    return stored;
  });
}

Result<std::vector<Delivery>> NotificationStore::due(double now) {
  auto& db = database_.connection();
  return database_.read("read what is to be told", [&] {
    std::vector<Delivery> found;
    auto row = statement(db, DELIVERIES " WHERE d.state = 'waiting' AND d.next_attempt <= ? ORDER BY n.id, d.channel", now);
    while (row.executeStep()) found.push_back(read_delivery(row));
    return found;
  });
}

Result<std::optional<double>> NotificationStore::next_attempt() {
  auto& db = database_.connection();
  return database_.read("read what is to be told", [&] {
    std::optional<double> next;
    auto row = statement(db, "SELECT min(next_attempt) FROM delivery WHERE state = 'waiting'");
    if (row.executeStep() && !row.isColumnNull(0)) next = row.getColumn(0).getDouble();
    return next;
  });
}

Result<void> NotificationStore::delivered(const Delivery& d, double now) {
  auto& db = database_.connection();
  return database_.transaction("store that it was told", [&] {
    execute(db,
            "UPDATE delivery SET state = 'delivered', attempts = attempts + 1, last_error = '', finished = ?"
            " WHERE notification = ? AND channel = ? AND state = 'waiting'",
            now, d.notification.id, d.channel);
  });
}

Result<void> NotificationStore::failed(const Delivery& d, std::string_view error, std::optional<double> next, double now) {
  auto& db = database_.connection();
  return database_.transaction("store that it was not told", [&] {
    std::optional<double> finished;
    if (!next) finished = now;
    execute(db,
            "UPDATE delivery SET state = ?, attempts = attempts + 1, last_error = ?, next_attempt = ?, finished = ?"
            " WHERE notification = ? AND channel = ? AND state = 'waiting'",
            std::string_view(next ? "waiting" : "given up"), printable(error), next.value_or(now), finished, d.notification.id, d.channel);
  });
}

Result<std::vector<Delivery>> NotificationStore::list(int limit) {
  auto& db = database_.connection();
  return database_.read("list the notifications", [&] {
    std::vector<Delivery> found;
    auto row = statement(db, DELIVERIES " ORDER BY n.id DESC, d.channel LIMIT ?", limit);
    while (row.executeStep()) found.push_back(read_delivery(row));
    return found;
  });
}

Result<bool> NotificationStore::retry(std::int64_t notification, double now) {
  auto& db = database_.connection();
  return database_.transaction("store that it is to be told again", [&] {
    execute(db,
            "UPDATE delivery SET state = 'waiting', attempts = 0, next_attempt = ?, finished = NULL"
            " WHERE notification = ? AND state <> 'delivered'",
            now, notification);
    return db.getChanges() > 0;
  });
}

Result<std::map<std::string, int>> NotificationStore::states() {
  auto& db = database_.connection();
  return database_.read("count the notifications", [&] {
    std::map<std::string, int> states;
    auto row = statement(db, "SELECT state, count(*) FROM delivery GROUP BY state");
    while (row.executeStep()) states[row.getColumn(0).getString()] = row.getColumn(1).getInt();
    return states;
  });
}

}  // namespace klab

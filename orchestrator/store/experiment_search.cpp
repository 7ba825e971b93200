// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "store/experiment_store.hpp"
#include "store/statement.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// A macro, because it is continued by literals.
#define EXPERIMENT_LINE                                                                                                    \
  "SELECT experiment.id, title, submitter, state, experiment.outcome, message, created, finished,"                         \
  " (SELECT count(*) FROM slot WHERE slot.experiment = experiment.id AND NOT slot.profile),"                               \
  " (SELECT count(*) FROM boot JOIN slot ON boot.slot = slot.id WHERE slot.experiment = experiment.id"                     \
  "  AND NOT slot.profile AND boot.outcome IS NOT NULL AND boot.outcome NOT IN ('lab-error', 'interrupted', 'cancelled'))" \
  " FROM experiment"

std::vector<ExperimentLine> read_lines(SQLite::Statement row) {
  std::vector<ExperimentLine> lines;
  while (row.executeStep()) {
    ExperimentLine line;
    line.id = row.getColumn(0).getInt64();
    line.title = row.getColumn(1).getString();
    line.submitter = row.getColumn(2).getString();
    line.state = experiment_state_from_name(row.getColumn(3).getString()).value_or(ExperimentState::queued);
    if (!row.isColumnNull(4)) line.outcome = outcome_from_name(row.getColumn(4).getString());
    line.message = row.getColumn(5).getString();
    line.created = row.getColumn(6).getDouble();
    if (!row.isColumnNull(7)) line.finished = row.getColumn(7).getDouble();
    line.boots_planned = row.getColumn(8).getInt();
    line.boots_done = row.getColumn(9).getInt();
    lines.push_back(std::move(line));
  }
  return lines;
}

// What LIKE takes for itself loses its meaning.
std::string literal(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// "<id>", a link into a mail archive (".../all/ID/T/#u", ".../ID/raw"), or the id itself.
std::string message_id(std::string_view text) {
  std::string id;
  if (const auto scheme = text.find("://"); scheme != text.npos) {
    auto rest = text.substr(scheme + 3);
    rest = rest.substr(0, rest.find_first_of("?#"));
    const auto parts = split(rest, '/');
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const auto part = percent_decoded(parts[i]);
      if (part.find('@') != part.npos) return part;
      if (!part.empty()) id = part;
    }
    if (!id.empty()) text = id;
  }
  if (text.size() > 2 && text.front() == '<' && text.back() == '>') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

bool is_commit(const std::string& text) {
  return text.size() >= 4 && text.size() <= 40 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::vector<SeriesFound> series_found(SQLite::Database& db, const std::string& like, int limit) {
  std::vector<SeriesFound> found;
  auto row =
      statement(db,
                "SELECT * FROM (SELECT experiment, title, author, version, 0 AS number, '' AS subject, '' AS patch_author,"
                "  cover_message_id, change_id, title LIKE ?1 ESCAPE '\\', author LIKE ?1 ESCAPE '\\',"
                "  cover_message_id LIKE ?1 ESCAPE '\\', change_id LIKE ?1 ESCAPE '\\' FROM series"
                "  WHERE title LIKE ?1 ESCAPE '\\' OR author LIKE ?1 ESCAPE '\\' OR cover_message_id LIKE ?1 ESCAPE '\\'"
                "  OR change_id LIKE ?1 ESCAPE '\\'"
                " UNION ALL SELECT experiment, title, series.author, version, number, subject, patch.author, message_id, '',"
                "  subject LIKE ?1 ESCAPE '\\', patch.author LIKE ?1 ESCAPE '\\', message_id LIKE ?1 ESCAPE '\\', 0"
                "  FROM patch JOIN series ON patch.series = series.id"
                "  WHERE subject LIKE ?1 ESCAPE '\\' OR patch.author LIKE ?1 ESCAPE '\\' OR message_id LIKE ?1 ESCAPE '\\')"
                " ORDER BY experiment DESC, number LIMIT ?2",
                like, limit);
  while (row.executeStep()) {
    SeriesFound one;
    one.experiment = row.getColumn(0).getInt64();
    one.title = row.getColumn(1).getString();
    one.author = row.getColumn(2).getString();
    one.version = row.getColumn(3).getInt();
    const int number = row.getColumn(4).getInt();
    const std::string of = number ? " of patch " + std::to_string(number) : std::string();
    if (row.getColumn(9).getInt())
      one.where = number ? "subject" + of : "title", one.text = row.getColumn(number ? 5 : 1).getString();
    else if (row.getColumn(10).getInt())
      one.where = "author" + of, one.text = row.getColumn(number ? 6 : 2).getString();
    else if (row.getColumn(11).getInt())
      one.where = "Message-ID" + of, one.text = row.getColumn(7).getString();
    else
      one.where = "Change-Id", one.text = row.getColumn(8).getString();
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace

Result<std::vector<ExperimentLine>> ExperimentStore::list(const ExperimentFilter& filter) {
  auto& db = database_.connection();
  // Three statements, so that each finds its index.
  constexpr const char* narrowed =
      " AND (?1 IS NULL OR experiment.id < ?1)"
      " AND (?2 = '' OR EXISTS (SELECT 1 FROM workload WHERE workload.experiment = experiment.id AND workload.name = ?2))"
      " AND (?3 = '' OR EXISTS (SELECT 1 FROM arm WHERE arm.experiment = experiment.id AND arm.machine = ?3))";
  std::string sql = EXPERIMENT_LINE;
  switch (filter.which) {
    case ExperimentFilter::Which::all: sql += std::string(" WHERE TRUE") + narrowed + " ORDER BY experiment.id DESC"; break;
    case ExperimentFilter::Which::done: sql += std::string(" WHERE state = 'done'") + narrowed + " ORDER BY experiment.id DESC"; break;
    case ExperimentFilter::Which::unfinished: sql += std::string(" WHERE state <> 'done'") + narrowed + " ORDER BY experiment.id"; break;
  }
  sql += " LIMIT ?4";
  return database_.read("list the experiments", [&] {
    return read_lines(statement(db, sql.c_str(), filter.before, filter.workload, filter.machine, filter.limit));
  });
}

Result<Found> ExperimentStore::search(const std::string& text, int limit) {
  auto& db = database_.connection();
  const std::string like = "%" + literal(text) + "%";
  const std::string id = message_id(text), commit = to_lower(text);
  return database_.read("search the experiments", [&] {
    Found found;
    found.experiments = read_lines(
        statement(db, EXPERIMENT_LINE " WHERE title LIKE ? ESCAPE '\\' ORDER BY experiment.id DESC LIMIT ?", like, limit));
    found.series = series_found(db, id == text ? like : "%" + literal(id) + "%", limit);
    auto of_message =
        statement(db,
                  "SELECT experiment FROM series WHERE cover_message_id = ?1 AND ?1 <> '' UNION SELECT experiment FROM"
                  " series JOIN patch ON patch.series = series.id WHERE message_id = ?1 AND ?1 <> '' ORDER BY 1 DESC LIMIT ?2",
                  id, limit);
    while (of_message.executeStep()) found.of_message.push_back(of_message.getColumn(0).getInt64());
    if (!is_commit(commit)) return found;
    auto row = statement(
        db,
        "SELECT experiment, experiment.title, label, tree, commit_id FROM arm JOIN experiment ON experiment.id = arm.experiment"
        " WHERE commit_id >= ?1 AND commit_id < ?1 || 'g' ORDER BY experiment DESC, position LIMIT ?2",
        commit, limit);
    while (row.executeStep())
      found.commits.push_back({row.getColumn(0).getInt64(), row.getColumn(1).getString(), row.getColumn(2).getString(),
                               row.getColumn(3).getString(), row.getColumn(4).getString()});
    return found;
  });
}

}  // namespace klab

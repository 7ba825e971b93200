// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/b4_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "report/exit_code.hpp"
#include "report/inert.hpp"
#include "report/text.hpp"
#include "report/words.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

using namespace report;  // NOLINT: the room's own helpers

bool is_worse(const ComparisonRow& row) {
  if (!row.effect) return false;
  const double change = row.effect->estimate - (row.effect->is_ratio ? 1.0 : 0.0);
  return row.metric.better == Better::higher ? change < 0 : change > 0;
}

bool wants_second_look(const Report& report) {
  for (const auto& comparison : deciding(report).comparisons)
    for (const auto& row : comparison.rows)
      if (row.metric.primary && row.verdict == Verdict::suggestive && is_worse(row)) return true;
  return false;
}

std::string_view status_of(const MailSource& source) {
  if (source.outcome && is_failure(*source.outcome)) return "fail";
  const int code = exit_code(source.report);
  if (code == 1 || code == 2) return "fail";
  if (!source.outcome || *source.outcome != Outcome::ok || code != 0 || wants_second_look(source.report)) return "warn";
  return "pass";
}

std::string summary_of(const MailSource& source, const Report& given) {
  if (!source.outcome) return fmt::format("running, {} of {} boots", source.boots_done, source.boots_planned);
  if (*source.outcome != Outcome::ok) return fmt::format("{}: {}", name(*source.outcome), printable(source.message));
  if (given.confirmation_outcome && *given.confirmation_outcome != Outcome::ok) return given.confirmation_note;
  const Report& report = deciding(given);
  const std::string_view which = &report == &given ? "" : "fresh boots: ";
  std::map<Verdict, int> counts;
  int rows = 0, failed = 0;
  for (const auto& comparison : report.comparisons) {
    failed += comparison.reference_failed + comparison.patched_failed;
    for (const auto& row : comparison.rows)
      if (row.metric.primary && row.verdict != Verdict::not_available) ++counts[row.verdict], ++rows;
  }
  if (rows == 0) return fmt::format("{}no boot gave a result that could be compared", which);
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : counts) parts.push_back(fmt::format("{} {}", count, short_name(verdict)));
  if (failed > 0) parts.push_back(fmt::format("{} failed boot{}", failed, failed == 1 ? "" : "s"));
  std::string labels = join(report.provenance.labels, ", ");
  return fmt::format("{}{} row{}: {}{}", which, rows, rows == 1 ? "" : "s", join(parts, ", "), labels.empty() ? "" : "; " + labels);
}

}  // namespace

std::string render_b4_check(const MailSource& source, const std::string& url) {
  const Report report = inert(source.report);
  boost::json::object entry{{"tool", "klab"}, {"status", status_of(source)}, {"summary", summary_of(source, report)}};
  if (!url.empty()) entry["url"] = url;
  const auto tables = mail_tables(report);
  entry["details"] = mail_cover(source) + (tables.empty() ? "" : "\n" + tables);
  return boost::json::serialize(boost::json::array{std::move(entry)}) + "\n";
}

std::string render_b4_nothing() { return "[]\n"; }

}  // namespace klab

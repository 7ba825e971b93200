// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/matrix_listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "report/layout.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

std::string at(const json::object& object, std::string_view key) {
  const auto seconds = number(object, key);
  return seconds ? local_time(*seconds) : "";
}

std::string duration(std::optional<double> seconds) {
  return seconds ? human_duration(std::chrono::seconds(static_cast<long long>(*seconds + 0.5))) : "unknown";
}

std::string plural(std::int64_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

// What is said of a cell in one word: its verdict where it has one.
std::string verdict_of(const json::object& cell) {
  const auto verdict = text(cell, "verdict");
  const auto state = text(cell, "state");
  if (!verdict.empty()) return verdict;
  if (state == "done") return text(cell, "kind") == "A/A" ? "A/A" : "measured";
  return state;
}

// The worst first; what nobody has to read last.
constexpr const char* by_weight[] = {"failed",     "regressed", "lab error",         "put off", "running",  "waiting", "suggestive",
                                     "improved", "insufficient data", "within noise", "no change", "measured", "A/A",     "skipped"};
std::size_t weight(const std::string& word) {
  return static_cast<std::size_t>(std::find(std::begin(by_weight), std::end(by_weight), word) - std::begin(by_weight));
}

std::string counts(const json::object& night) {
  std::vector<std::pair<std::string, std::int64_t>> found;
  const auto add = [&](const std::string& word, std::int64_t count) {
    if (count > 0) found.emplace_back(word, count);
  };
  std::int64_t judged = 0;
  for (const auto& entry : child(night, "verdicts")) {
    const auto count = integer(child(night, "verdicts"), entry.key());
    judged += count;
    add(printable(std::string(entry.key())), count);
  }
  for (const auto& entry : child(night, "states")) {
    const std::string state(entry.key());
    const auto count = integer(child(night, "states"), state);
    add(state == "done" ? "without a verdict" : printable(state), state == "done" ? count - judged : count);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return weight(a.first) < weight(b.first); });
  std::vector<std::string> parts;
  for (const auto& [word, count] : found) parts.push_back(fmt::format("{} {}", count, word));
  return join(parts, ", ");
}

// What a night gave, and what it was measured under: "1 regressed, 3 no change; TCG".
std::string labelled_counts(const json::object& night) {
  std::vector<std::string> labels;
  for (const auto& label : list(night, "labels"))
    if (label.is_string()) labels.push_back(printable(std::string(label.get_string())));
  return counts(night) + (labels.empty() ? "" : "; " + join(labels, ", "));
}

std::string nightly(const json::object& matrix) {
  const auto& when = child(matrix, "nightly");
  if (when.empty()) return "by hand";
  const auto& days = list(when, "days");
  std::vector<std::string> names;
  for (const auto& day : days)
    if (day.is_string()) names.push_back(printable(std::string(day.get_string())));
  auto out = text(when, "at") + (names.size() == 7 ? "" : " " + join(names, ","));
  if (const auto budget = number(when, "budget")) out += ", " + duration(budget);
  return out;
}

std::string bad_trees(const json::object& night, std::size_t columns) {
  std::string out;
  for (const auto& value : list(night, "trees"))
    if (const auto& tree = as_object(value); !flag(tree, "good"))
      out += report::wrap(fmt::format("tree {} could not be fetched: {}", text(tree, "tree"), text(tree, "message")), columns, 4, 2);
  return out;
}

std::string cell_lines(const json::object& cell, std::size_t columns) {
  auto about = text(cell, "label");
  std::vector<std::string> more;
  if (const auto experiment = integer(cell, "experiment")) more.push_back(fmt::format("experiment {}", experiment));
  if (const auto date = text(cell, "last_good_date"); !date.empty())
    more.push_back(fmt::format("against {} ({})", date, text(cell, "last_good_commit").substr(0, 12)));
  if (const auto commit = text(cell, "commit"); !commit.empty()) more.push_back("commit " + commit.substr(0, 12));
  for (const auto& label : list(cell, "labels"))
    if (label.is_string()) more.push_back(printable(std::string(label.get_string())));
  // The label's lines begin where the verdict ends.
  auto out = report::wrap(about, columns, 20, 20);
  out.replace(0, std::min<std::size_t>(20, out.size()), fmt::format("  {:<18}", verdict_of(cell)));
  if (!more.empty()) out += report::wrap(join(more, ", "), columns, 20, 20);
  if (const auto reason = text(cell, "reason"); !reason.empty()) out += report::wrap(reason, columns, 20, 20);
  return out;
}

}  // namespace

std::string render_matrices(const json::object& answer, std::size_t columns) {
  std::vector<std::vector<std::string>> rows;
  std::string errors;
  for (const auto& value : list(answer, "matrices")) {
    const auto& matrix = as_object(value);
    const auto& last = child(matrix, "last");
    rows.push_back({text(matrix, "name"), fmt::format("{}", integer(matrix, "cells")), nightly(matrix), at(matrix, "next"),
                    last.empty() ? "" : fmt::format("{} {}", integer(last, "id"), text(last, "date")), last.empty() ? "" : labelled_counts(last)});
    if (const auto error = text(matrix, "error"); !error.empty()) errors += report::wrap(error, columns, 4, 2);
  }
  if (rows.empty()) return fmt::format("no matrices; put one into {}/NAME.toml, README.md says how\n", text(answer, "directory"));
  return report::table({{"matrix", false, 8}, {"cells"}, {"nightly", false}, {"next", false}, {"last night", false}, {"which gave", false, 16}}, rows, columns) + errors;
}

std::string render_matrix(const json::object& matrix, std::size_t columns) {
  auto out = text(matrix, "name");
  if (const auto about = text(matrix, "description"); !about.empty()) out += ": " + about;
  out = report::wrap(out, columns);
  if (const auto error = text(matrix, "error"); !error.empty()) return out + report::wrap(error, columns, 4, 2);
  const auto& reference = child(matrix, "reference");
  out += fmt::format("  reference: {} {}\n  nightly: {}{}\n  boots: {} of each kernel; unchanged: {}\n", text(reference, "tree"), text(reference, "ref"), nightly(matrix),
                     at(matrix, "next").empty() ? "" : ", next " + at(matrix, "next"), integer(matrix, "boots"), text(matrix, "unchanged"));
  if (const auto note = text(matrix, "note"); !note.empty()) out += report::wrap("note: " + note, columns, 4, 2);
  for (const auto& note : list(matrix, "notes"))
    if (note.is_string()) out += report::wrap("note: " + printable(std::string(note.get_string())), columns, 4, 2);
  out += "\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : list(matrix, "cells")) {
    const auto& cell = as_object(value);
    const auto& last = child(cell, "last");
    rows.push_back({text(cell, "label"), duration(number(cell, "seconds")), last.empty() ? "never" : verdict_of(last)});
  }
  out += report::table({{"cell", false, 20}, {"estimate"}, {"last night", false}}, rows, columns);
  const auto& estimate = child(matrix, "estimate");
  const auto unknown = integer(estimate, "unknown");
  const auto count = static_cast<std::int64_t>(rows.size());
  out += "\n" + plural(count, "cell");
  if (unknown == count) out += ", of unknown length: no boots of their workloads there yet\n";
  else out += fmt::format(", {} one after the other{}\n", duration(number(estimate, "seconds")), unknown ? fmt::format(", and {} of unknown length", unknown) : "");
  return out;
}

std::string render_nights(const json::object& matrix, std::size_t columns) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : list(matrix, "nights")) {
    const auto& night = as_object(value);
    const auto finished = number(night, "finished"), started = number(night, "started");
    const auto bad = std::count_if(list(night, "trees").begin(), list(night, "trees").end(), [](const auto& tree) { return !flag(as_object(tree), "good"); });
    rows.push_back({fmt::format("{}", integer(night, "id")), at(night, "started"), flag(night, "by_hand") ? text(night, "person") : "the clock",
                    finished && started ? duration(*finished - *started) : "under way",
                    (bad ? fmt::format("{} not fetched; ", plural(bad, "tree")) : "") + labelled_counts(night)});
  }
  if (rows.empty()) return fmt::format("no nights yet; klab matrix run {} makes one now\n", text(matrix, "name"));
  return report::table({{"night"}, {"began", false}, {"by", false}, {"took"}, {"which gave", false, 16}}, rows, columns);
}

std::string render_night(const json::object& night, std::size_t columns) {
  const auto finished = number(night, "finished"), started = number(night, "started");
  auto out = fmt::format("night {} of {}, {}, begun {} by {}, {}\n", integer(night, "id"), text(night, "matrix"), text(night, "date"), at(night, "started"),
                         flag(night, "by_hand") ? text(night, "person") : "the clock",
                         finished && started ? "took " + duration(*finished - *started) : "still under way");
  if (!finished && number(night, "deadline")) out += fmt::format("what has not begun by {} is put off\n", at(night, "deadline"));
  const auto& cells = list(night, "cells");
  out += report::wrap(fmt::format("{}: {}", plural(static_cast<std::int64_t>(cells.size()), "cell"), counts(night)), columns) + bad_trees(night, columns) + "\n";
  std::vector<const json::object*> order;
  for (const auto& value : cells) order.push_back(&as_object(value));
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return weight(verdict_of(*a)) < weight(verdict_of(*b)); });
  for (const auto* cell : order) out += cell_lines(*cell, columns);
  return out;
}

std::string night_progress(const json::object& night) {
  const auto& states = child(night, "states");
  const auto open = integer(states, "waiting") + integer(states, "running");
  const auto all = static_cast<std::int64_t>(list(night, "cells").size());
  return fmt::format("{} of {} are through", all - open, plural(all, "cell"));
}

int night_exit_code(const json::object& night) {
  const auto& verdicts = child(night, "verdicts");
  if (integer(verdicts, "failed")) return exit_kernel_failed;
  if (integer(verdicts, "regressed")) return exit_regression;
  if (integer(verdicts, "insufficient data") || integer(child(night, "states"), "lab error")) return exit_no_result;
  return exit_same_or_better;
}

std::string render_expansion(const Matrix& matrix, std::size_t columns) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& cell : matrix.cells)
    rows.push_back({cell.label, cell.tree + "/" + cell.ref, cell.series.empty() ? "-" : cell.series, cell.kconfig,
                    cell.command_line.empty() ? "-" : cell.command_line, cell.machine, cell.workload});
  return report::table({{"cell", false, 16}, {"source", false, 10}, {"series", false, 8}, {"kconfig", false, 8}, {"command line", false, 8}, {"machine", false, 8}, {"workload", false, 12}},
                       rows, columns) +
         fmt::format("\n{}\n", plural(static_cast<std::int64_t>(rows.size()), "cell"));
}

json::object expansion_json(const Matrix& matrix) {
  json::array cells;
  for (const auto& cell : matrix.cells)
    cells.push_back(json::object{{"label", cell.label}, {"tree", cell.tree}, {"ref", cell.ref}, {"series", cell.series}, {"kconfig", cell.kconfig},
                                 {"command_line", cell.command_line}, {"machine", cell.machine}, {"workload", cell.workload}});
  return {{"name", matrix.name}, {"description", matrix.description}, {"cells", std::move(cells)}};
}

}  // namespace klab::cli

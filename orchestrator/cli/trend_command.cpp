// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/trend_command.hpp"

#include <fmt/format.h>

#include <cctype>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

std::string encoded(std::string_view name) {
  std::string out;
  for (const unsigned char c : name)
    out += std::isalnum(c) || c == '-' || c == '_' || c == '.' ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return out;
}

std::string counted(std::int64_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

std::string change_text(bool is_ratio, double value) { return is_ratio ? fmt::format("{:+.1f}%", (value - 1.0) * 100.0) : fmt::format("{:+.4g}", value); }

bool is_ratio(const json::object& point) { return text(point, "kind") != "difference"; }

// Of a change point or an investigation.
std::string magnitude_text(const json::object& change) {
  const double magnitude = number(change, "magnitude").value_or(0.0);
  return change_text(is_ratio(change), is_ratio(change) ? magnitude + 1.0 : magnitude);
}

// "+5.1% [+1.0%, +9.2%]"
std::string value_text(const json::object& point) {
  const bool ratio = is_ratio(point);
  return fmt::format("{} [{}, {}]", change_text(ratio, number(point, "estimate").value_or(1.0)),
                     change_text(ratio, number(point, "low").value_or(1.0)), change_text(ratio, number(point, "high").value_or(1.0)));
}

std::string row_title(const json::object& row) { return fmt::format("{} {}, {}", text(row, "workload"), text(row, "case"), text(row, "metric")); }

// ", TCG, overcommitted"
std::string labelled(const json::object& of) {
  std::string out;
  for (const auto& label : list(of, "labels"))
    if (label.is_string()) out += ", " + printable(std::string(label.get_string()));
  return out;
}

std::string floor_text(const json::object& row) {
  const auto& floor = child(row, "noise_floor");
  if (floor.empty()) return "no noise floor yet";
  const double size = number(floor, "size").value_or(0.0);
  return fmt::format("noise floor {} over {}", is_ratio(floor) ? fmt::format("{:.1f}%", size * 100.0) : fmt::format("{:.3g}", size),
                     counted(integer(floor, "runs"), "A/A run"));
}

std::string brief(const std::string& commit) { return commit.substr(0, 12); }

void add_row(std::string& out, const json::object& row, int nights) {
  const auto unit = text(row, "unit");
  out += fmt::format("\n{} ({}{} is better{}), against the pinned reference\n", row_title(row), unit.empty() ? "" : unit + ", ", text(row, "better"),
                     flag(row, "primary") ? "" : ", not in the family");
  out += fmt::format("  {}, {}; {}\n", counted(integer(row, "nights"), "night"), counted(integer(row, "gaps"), "gap"), floor_text(row));
  for (const auto& value : list(row, "segments")) {
    const auto& segment = as_object(value);
    const auto change = text(segment, "change");
    out += fmt::format("  segment {} to {}{}\n", text(segment, "from"), text(segment, "to"), change.empty() ? "" : ", after " + change);
  }
  for (const auto& value : list(row, "changes")) {
    const auto& change = as_object(value);
    const auto investigation = integer(change, "investigation");
    out += fmt::format("  change at {}: {}, p {:.4f}{}\n", text(change, "date"), magnitude_text(change),
                       number(change, "p").value_or(1.0), investigation ? fmt::format(", investigation {}", investigation) : std::string());
  }
  const auto& points = list(row, "points");
  const std::size_t first = points.size() > static_cast<std::size_t>(nights) ? points.size() - static_cast<std::size_t>(nights) : 0;
  for (std::size_t i = first; i < points.size(); ++i) {
    const auto& point = as_object(points[i]);
    const auto missing = text(point, "missing");
    std::string line = missing.empty() ? fmt::format("{:<26}", value_text(point)) : "-  " + missing;
    if (const auto many = integer(point, "nights"); many > 1) line += fmt::format(" ({} nights, to {})", many, text(point, "until"));
    if (const auto verdict = text(point, "verdict"); !verdict.empty())
      line += fmt::format("{}{} against last good", verdict,
                          number(point, "change") ? ", " + change_text(is_ratio(point), *number(point, "change") + (is_ratio(point) ? 1.0 : 0.0)) : "");
    out += fmt::format("  {}  {:<12}  {}\n", text(point, "date"), brief(text(point, "commit")), trim(line));
  }
}

}  // namespace

std::string render_trends(const json::object& answer) {
  std::string out;
  for (const auto& value : list(answer, "cells")) {
    const auto& cell = as_object(value);
    out += fmt::format("{}{} (cell {}){}\n", out.empty() ? "" : "\n", text(cell, "label"), integer(cell, "id"), labelled(cell));
    if (list(cell, "rows").empty()) out += "  no night has given a point yet\n";
    for (const auto& entry : list(cell, "rows")) {
      const auto& row = as_object(entry);
      const auto& newest = child(row, "newest");
      out += fmt::format("  {}: {}, {}", row_title(row), counted(integer(row, "nights"), "night"), counted(integer(row, "gaps"), "gap"));
      if (!newest.empty()) out += fmt::format("; {} at {}", value_text(newest), text(newest, "date"));
      if (const auto changes = list(row, "changes").size()) out += fmt::format("; {}", counted(static_cast<std::int64_t>(changes), "change point"));
      out += '\n';
    }
  }
  return out;
}

std::string render_cell_trends(const json::object& answer, int nights) {
  std::string out = fmt::format("{}, {}{}\n", text(answer, "matrix"), text(answer, "label"), labelled(answer));
  if (list(answer, "rows").empty()) out += "no night has given a point yet\n";
  for (const auto& row : list(answer, "rows")) add_row(out, as_object(row), nights);
  return out;
}

std::string render_investigations(const json::object& answer) {
  if (list(answer, "investigations").empty()) return "no investigations: no night has shown a change\n";
  std::string out;
  for (const auto& value : list(answer, "investigations")) {
    const auto& one = as_object(value);
    const auto result = text(one, "result");
    out += fmt::format("{}: {}, {}{}: {} {} by {}: {}\n", integer(one, "id"), text(one, "matrix"), text(one, "label"), labelled(one), row_title(one),
                       magnitude_text(one), text(one, "source"), result.empty() ? text(one, "state") : result);
    if (const auto conclusion = text(one, "conclusion"); !conclusion.empty()) out += fmt::format("    {}\n", conclusion);
  }
  return out;
}

std::string render_investigation(const json::object& one) {
  std::string out = fmt::format("investigation {}: {}, {}{}\n", integer(one, "id"), text(one, "matrix"), text(one, "label"), labelled(one));
  const auto result = text(one, "result");
  out += fmt::format("  {}: {} between {} and {}, by {}", row_title(one), magnitude_text(one),
                     text(one, "last_good_date"), text(one, "first_bad_date"), text(one, "source"));
  if (const auto p = number(one, "p")) out += fmt::format(", p {:.4f}", *p);
  out += fmt::format("\n  {}\n", result.empty() ? text(one, "state") : result);
  if (const auto conclusion = text(one, "conclusion"); !conclusion.empty()) out += fmt::format("  {}\n", conclusion);
  for (const auto& value : list(one, "steps")) {
    const auto& step = as_object(value);
    const auto mark = text(step, "mark");
    const auto experiment = integer(step, "experiment");
    out += fmt::format("  {:<8}{}  {:<9}{}{}{}\n", text(step, "kind"), brief(text(step, "commit")), mark.empty() ? "running" : mark,
                       experiment ? fmt::format("  experiment {}", experiment) : std::string(), text(step, "text").empty() ? "" : "  ",
                       text(step, "text"));
  }
  return out;
}

int trend_command(Streams& streams, Client& client, const TrendOptions& options) {
  auto reply = client.get("/api/trends?matrix=" + encoded(options.matrix));
  if (!reply) return fail(streams, reply.error());
  auto answer = parse_object(*reply);
  if (!answer) return fail(streams, answer.error());
  if (options.cell.empty()) {
    streams.out << (options.json ? json::serialize(*answer) + "\n" : render_trends(*answer));
    return exit_same_or_better;
  }
  std::vector<std::string> labels;
  for (const auto& value : list(*answer, "cells")) {
    const auto& cell = as_object(value);
    const auto id = integer(cell, "id");
    labels.push_back(fmt::format("\"{}\"", text(cell, "label")));
    if (text(cell, "label") != options.cell && fmt::format("{}", id) != options.cell) continue;
    auto whole = client.get(fmt::format("/api/trends/{}", id));
    if (!whole) return fail(streams, whole.error());
    auto rows = parse_object(*whole);
    if (!rows) return fail(streams, rows.error());
    streams.out << (options.json ? json::serialize(*rows) + "\n" : render_cell_trends(*rows, options.nights));
    return exit_same_or_better;
  }
  return fail(streams, input_error("cannot find the cell \"{}\" of matrix \"{}\": there are {}", printable(options.cell), printable(options.matrix),
                                   join(labels, ", ")));
}

int investigations_command(Streams& streams, Client& client, std::int64_t id, bool json) {
  auto reply = client.get(id > 0 ? fmt::format("/api/investigations/{}", id) : std::string("/api/investigations"));
  if (!reply) return fail(streams, reply.error());
  auto answer = parse_object(*reply);
  if (!answer) return fail(streams, answer.error());
  if (json) streams.out << boost::json::serialize(*answer) << '\n';
  else streams.out << (id > 0 ? render_investigation(*answer) : render_investigations(*answer));
  return exit_same_or_better;
}

}  // namespace klab::cli

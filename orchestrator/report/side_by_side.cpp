// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/side_by_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/layout.hpp"
#include "report/numbers.hpp"
#include "report/words.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

constexpr std::size_t machines_abreast = 2;
constexpr std::size_t widest_machine = 12;

const ReportArm* find_arm(const Report& report, const std::string& label) {
  for (const auto& arm : report.arms)
    if (arm.label == label) return &arm;
  return nullptr;
}

struct Group {
  const ReportArm* reference;
  const ReportArm* patched;
  std::vector<MachineColumn> machines;
};

// Contrasts of the same two variants; a machine counts once, by its first.
std::vector<Group> groups(const Report& report) {
  std::vector<Group> found;
  for (const auto& comparison : report.comparisons) {
    const auto* reference = find_arm(report, comparison.reference);
    const auto* patched = find_arm(report, comparison.patched);
    if (reference == nullptr || patched == nullptr || patched->machine.empty()) continue;
    auto group = std::find_if(found.begin(), found.end(), [&](const Group& g) {
      return g.reference->variant == reference->variant && g.patched->variant == patched->variant;
    });
    if (group == found.end()) group = found.insert(found.end(), Group{reference, patched, {}});
    const bool known = std::any_of(group->machines.begin(), group->machines.end(),
                                   [&](const MachineColumn& m) { return m.machine == patched->machine; });
    if (!known) group->machines.push_back({patched->machine, &comparison});
  }
  std::erase_if(found, [](const Group& group) { return group.machines.size() < 2; });
  return found;
}

void add_row(std::vector<SideBySide>& tables, std::size_t first, const Group& group, std::size_t machine,
             const ComparisonRow& row) {
  auto table = std::find_if(tables.begin() + static_cast<std::ptrdiff_t>(first), tables.end(), [&](const SideBySide& t) {
    return t.workload == row.workload && t.metric->name == row.metric.name;
  });
  if (table == tables.end()) {
    SideBySide fresh{group.reference->title, group.patched->title, row.workload, &row.metric, group.machines, {}};
    table = tables.insert(tables.end(), std::move(fresh));
  }
  auto line = std::find_if(table->lines.begin(), table->lines.end(),
                           [&](const SideBySideLine& l) { return l.case_name == row.case_name; });
  if (line == table->lines.end())
    line = table->lines.insert(table->lines.end(), {row.case_name, std::vector<const ComparisonRow*>(group.machines.size())});
  if (line->rows[machine] == nullptr) line->rows[machine] = &row;
}

std::string marks_sentence(const SideBySide& table) {
  std::set<Verdict> met;
  for (const auto& line : table.lines)
    for (const auto* row : line.rows)
      if (row != nullptr) met.insert(row->verdict);
  std::vector<std::string> said;
  for (const Verdict verdict : met)
    if (const auto sign = mark(verdict); !sign.empty()) said.push_back(fmt::format("{} {}", sign, short_name(verdict)));
  return join(said, ", ");
}

std::string abreast(const SideBySide& table, std::size_t first, std::size_t last, std::size_t width) {
  std::vector<TableColumn> heads{{"\ncase", false, 8}};
  for (std::size_t i = first; i < last; ++i) {
    heads.push_back({cut(table.machines[i].machine, widest_machine) + "\nbaseline"});
    heads.push_back({"\npatched"});
    heads.push_back({"\nchange  "});
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& line : table.lines) {
    std::vector<std::string> cells{line.case_name.empty() ? table.workload : line.case_name};
    for (std::size_t i = first; i < last; ++i) {
      const auto* row = line.rows[i];
      cells.push_back(row ? value_text(row->reference_median) : "n/a");
      cells.push_back(row ? value_text(row->patched_median) : "n/a");
      const std::string sign(row ? mark(row->verdict) : "");
      cells.push_back((row ? effect_text(row->effect).estimate : "n/a") + " " + (sign.empty() ? " " : sign));
    }
    rows.push_back(std::move(cells));
  }
  return report::table(heads, rows, width);
}

}  // namespace

std::string_view mark(Verdict verdict) {
  switch (verdict) {
    case Verdict::improved:
      return "*";
    case Verdict::regressed:
      return "!";
    case Verdict::significant_below_threshold:
      return "<";
    case Verdict::suggestive:
      return "+";
    case Verdict::no_change:
      return "=";
    case Verdict::within_noise:
      return "~";
    case Verdict::insufficient_data:
      return "?";
    case Verdict::order_confounded:
      return "#";
    case Verdict::not_available:
      break;  // the cells say it
  }
  return "";
}

std::vector<SideBySide> side_by_side(const Report& report) {
  std::vector<SideBySide> tables;
  for (const auto& group : groups(report)) {
    const std::size_t first = tables.size();
    for (std::size_t machine = 0; machine < group.machines.size(); ++machine)
      for (const auto& row : group.machines[machine].comparison->rows)
        if (row.metric.primary) add_row(tables, first, group, machine, row);
  }
  return tables;
}

bool covers_all_arms(const std::vector<SideBySide>& tables, const Report& report) {
  std::set<std::string> covered;
  for (const auto& table : tables)
    for (const auto& column : table.machines) {
      covered.insert(column.comparison->reference);
      covered.insert(column.comparison->patched);
    }
  return !tables.empty() && std::all_of(report.arms.begin(), report.arms.end(),
                                        [&](const ReportArm& arm) { return covered.count(arm.label) != 0; });
}

std::string side_by_side_caption(const SideBySide& table) {
  const auto& unit = table.metric->unit;
  return fmt::format("{}: {} ({}{}{} is better), {} against {}", table.workload, table.metric->name, unit,
                     unit.empty() ? "" : ", ", name(table.metric->better), table.patched, table.reference);
}

std::string side_by_side_text(const std::vector<SideBySide>& tables, const std::string& labels, std::size_t width) {
  std::string out;
  for (const auto& table : tables) {
    out += "\n" + wrap(side_by_side_caption(table) + labels + ":", width);
    for (std::size_t first = 0; first < table.machines.size(); first += machines_abreast)
      out += "\n" + abreast(table, first, std::min(first + machines_abreast, table.machines.size()), width);
    out += wrap(marks_sentence(table), width);
  }
  return out;
}

}  // namespace klab::report

// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/matrix_expansion.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace klab {
namespace {

std::string shown(const std::string& text, const char* where_empty) { return text.empty() ? where_empty : text; }

}  // namespace

std::size_t product(const MatrixLists& l) {
  // Each list comes from a file of bounded size, so the six sizes cannot overflow what a double holds.
  const double count = static_cast<double>(l.sources.size()) * static_cast<double>(l.series.size()) *
                       static_cast<double>(l.kconfigs.size()) * static_cast<double>(l.command_lines.size()) *
                       static_cast<double>(l.machines.size()) * static_cast<double>(l.workloads.size());
  return count > 1e15 ? static_cast<std::size_t>(1e15) : static_cast<std::size_t>(count);
}

std::vector<Cell> expand(const MatrixLists& lists, const std::string& matrix) {
  std::vector<Cell> cells(1);
  cells[0].matrix = matrix;
  const auto multiply = [&](const auto& values, auto set) {
    std::vector<Cell> next;
    for (const auto& cell : cells)
      for (const auto& value : values) set(next.emplace_back(cell), value);
    cells = std::move(next);
  };
  multiply(lists.sources, [](Cell& cell, const MatrixSource& source) { cell.tree = source.tree, cell.ref = source.ref; });
  const auto by = [&](const std::vector<std::string>& values, std::string Cell::*field) {
    multiply(values, [field](Cell& cell, const std::string& value) { cell.*field = value; });
  };
  by(lists.series, &Cell::series);
  by(lists.kconfigs, &Cell::kconfig);
  by(lists.command_lines, &Cell::command_line);
  by(lists.machines, &Cell::machine);
  by(lists.workloads, &Cell::workload);
  return cells;
}

void label_cells(std::vector<Cell>& cells) {
  if (cells.empty()) return;
  const auto varies = [&](std::string Cell::*field) {
    return std::any_of(cells.begin(), cells.end(), [&](const Cell& cell) { return cell.*field != cells.front().*field; });
  };
  const bool sources = varies(&Cell::tree) || varies(&Cell::ref);
  const bool series = varies(&Cell::series), kconfig = varies(&Cell::kconfig), line = varies(&Cell::command_line),
             machine = varies(&Cell::machine), workload = varies(&Cell::workload);
  for (auto& cell : cells) {
    std::vector<std::string> parts;
    if (sources) parts.push_back(cell.tree + "/" + cell.ref);
    if (series) parts.push_back(shown(cell.series, "plain"));
    if (kconfig) parts.push_back(cell.kconfig);
    if (line) parts.push_back(shown(cell.command_line, "no parameters"));
    if (machine) parts.push_back(cell.machine);
    if (workload) parts.push_back(cell.workload);
    cell.label = parts.empty() ? cell.tree + "/" + cell.ref : join(parts, ", ");
  }
}

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/matrix_views.hpp"

#include "api/label_views.hpp"
#include "util/text.hpp"

namespace klab {
namespace json = boost::json;
namespace {

template <class T>
json::value optional(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object line_of(const Night& night) {
  json::array trees;
  for (const auto& tree : night.trees)
    trees.push_back(json::object{{"tree", tree.tree}, {"good", tree.good}, {"message", printable_lines(tree.message)}});
  json::object line{{"id", night.id}, {"matrix", night.matrix}, {"date", night.date}, {"by_hand", night.by_hand},
                    {"person", printable(night.person)}, {"started", night.started}};
  line["finished"] = optional(night.finished);
  line["deadline"] = optional(night.deadline);
  line["trees"] = std::move(trees);
  return line;
}

void count(json::object& into, std::string_view what) {
  auto& number = into[what];
  number = number.is_int64() ? number.get_int64() + 1 : 1;
}

void add_counts(json::object& line, const std::vector<NightCell>& cells) {
  json::object states, verdicts;
  for (const auto& cell : cells) {
    count(states, name(cell.state));
    if (cell.verdict != CellVerdict::none) count(verdicts, name(cell.verdict));
  }
  line["states"] = std::move(states);
  line["verdicts"] = std::move(verdicts);
}

}  // namespace

json::object night_cell_view(const NightCell& cell) {
  json::object view{{"id", cell.id},
                    {"night", cell.night},
                    {"cell", cell.cell},
                    {"position", cell.position},
                    {"state", name(cell.state)},
                    {"reason", printable(cell.reason)},
                    {"kind", cell.kind == CellKind::aa ? "A/A" : "comparison"},
                    {"commit", cell.commit},
                    {"reference_commit", cell.reference_commit},
                    {"inputs", cell.inputs},
                    {"verdict", name(cell.verdict)},
                    {"fingerprint", cell.fingerprint}};
  view["estimate"] = optional(cell.estimate);
  view["experiment"] = optional(cell.experiment);
  view["last_good"] = optional(cell.last_good);
  return view;
}

Result<json::object> night_line(Lab& lab, const Night& night) {
  auto cells = lab.nights.night_cells(night.id);
  if (!cells) return cells.error();
  auto line = line_of(night);
  add_counts(line, *cells);
  if (auto labelled = add_labels(lab, line, experiments_of(*cells)); !labelled) return labelled.error();
  return line;
}

Result<json::object> night_view(NightStore& nights, const Night& night) {
  auto cells = nights.night_cells(night.id);
  if (!cells) return cells.error();
  auto view = line_of(night);
  add_counts(view, *cells);
  json::array entries;
  for (const auto& cell : *cells) {
    auto entry = night_cell_view(cell);
    auto place = nights.cell(cell.cell);
    if (!place) return place.error();
    entry["label"] = printable(place->label);
    if (cell.last_good) {
      auto good = nights.night_cell(*cell.last_good);
      if (!good) return good.error();
      auto before = nights.night(good->night);
      if (!before) return before.error();
      entry["last_good_night"] = before->id;
      entry["last_good_date"] = before->date;
      entry["last_good_commit"] = good->commit;
    }
    entries.push_back(std::move(entry));
  }
  view["cells"] = std::move(entries);
  view["definition"] = printable_lines(night.definition);
  return view;
}

json::value nightly_view(const Matrix& matrix) {
  if (!matrix.nightly) return nullptr;
  constexpr std::array<const char*, 7> names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  json::array days;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (matrix.nightly->days[i]) days.emplace_back(names[i]);
  json::object view{{"at", fmt::format("{:02}:{:02}", matrix.nightly->hour, matrix.nightly->minute)}, {"days", std::move(days)}};
  view["budget"] = optional(matrix.nightly->budget);
  return view;
}

json::object cell_view(const CellForecast& forecast) {
  const auto& cell = forecast.cell;
  json::object view{{"label", cell.label},   {"tree", cell.tree},
                    {"ref", cell.ref},       {"series", cell.series},
                    {"kconfig", cell.kconfig}, {"command_line", cell.command_line},
                    {"machine", cell.machine}, {"workload", cell.workload}};
  view["id"] = cell.id ? json::value(cell.id) : json::value(nullptr);
  view["accepted"] = optional(cell.accepted);
  view["seconds"] = optional(forecast.seconds);
  view["last"] = nullptr;
  if (forecast.last) view["last"] = night_cell_view(*forecast.last);
  return view;
}

}  // namespace klab

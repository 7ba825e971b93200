// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/label_views.hpp"

#include "util/text.hpp"

namespace klab {
namespace json = boost::json;

json::array labels_view(const Labels& labels) {
  json::array out;
  for (const auto& label : labels) out.push_back(json::string(printable(label)));
  return out;
}

Result<void> add_labels(Lab& lab, json::object& of, const std::vector<std::int64_t>& experiments) {
  auto labels = labels_of(lab, experiments);
  if (!labels) return labels.error();
  of["labels"] = labels_view(*labels);
  return {};
}

Result<void> add_cell_labels(Lab& lab, json::object& night) {
  std::vector<std::int64_t> experiments;
  for (const auto& cell : night["cells"].as_array())
    if (const auto* experiment = cell.as_object().at("experiment").if_int64()) experiments.push_back(*experiment);
  auto labels = experiment_labels(lab, experiments);
  if (!labels) return labels.error();
  for (auto& cell : night["cells"].as_array()) {
    const auto* experiment = cell.as_object().at("experiment").if_int64();
    cell.as_object()["labels"] = experiment ? labels_view((*labels)[*experiment]) : json::array();
  }
  return {};
}

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "report/confirmation.hpp"
#include "report/exit_code.hpp"
#include "report/inert.hpp"
#include "report/numbers.hpp"
#include "report/profile_json.hpp"

namespace klab {
namespace {

namespace json = boost::json;

json::value number(std::optional<double> value) {
  return value && std::isfinite(*value) ? json::value(*value) : json::value(nullptr);
}

json::string_view text(std::string_view view) { return {view.data(), view.size()}; }

json::value boots(const std::vector<ComparedBoot>& compared) {
  json::array out;
  for (const auto& boot : compared)
    out.push_back(
        {{"boot", boot.boot}, {"slot", boot.slot}, {"value", number(boot.value)}, {"far", boot.far}});
  return out;
}

json::value effect(const std::optional<Effect>& effect) {
  if (!report::is_shown(effect)) return nullptr;
  return {{"kind", effect->is_ratio ? "ratio" : "difference"},
          {"estimate", number(effect->estimate)},
          {"low", number(effect->low)},
          {"high", number(effect->high)},
          {"coverage", number(effect->coverage)}};
}

json::object row_object(const ComparisonRow& row) {
  json::object out;
  out["workload"] = row.workload;
  out["case"] = row.case_name;
  out["metric"] = {{"name", row.metric.name},
                   {"unit", row.metric.unit},
                   {"better", text(name(row.metric.better))},
                   {"primary", row.metric.primary},
                   {"min_change", number(row.metric.min_change)}};
  out["reference"] = {{"median", number(row.reference_median)},
                      {"cv", number(row.reference_cv)},
                      {"boots", boots(row.reference)}};
  out["patched"] = {
      {"median", number(row.patched_median)}, {"cv", number(row.patched_cv)}, {"boots", boots(row.patched)}};
  out["effect"] = effect(row.effect);
  out["row_p"] = number(row.row_p);
  out["family_p"] = number(row.family_p);
  out["detectable_change"] = number(row.detectable_change);
  out["verdict"] = text(name(row.verdict));
  out["note"] = row.note;
  if (row.floor)
    out["noise_floor"] = {{"kind", row.floor->is_ratio ? "ratio" : "difference"}, {"size", number(row.floor->size)}, {"runs", row.floor->runs}};
  return out;
}

std::string_view order_name(BootOrder order) {
  switch (order) {
    case BootOrder::balanced:
      return "balanced";
    case BootOrder::uniform:
      return "uniform";
    case BootOrder::unknown:
      return "unknown";
  }
  return "unknown";
}

json::object contrast_object(const Comparison& comparison) {
  json::object out;
  out["reference"] = {{"label", comparison.reference},
                      {"boots", comparison.reference_boots},
                      {"failed", comparison.reference_failed}};
  out["patched"] = {{"label", comparison.patched},
                    {"boots", comparison.patched_boots},
                    {"failed", comparison.patched_failed}};
  out["order"] = text(order_name(comparison.order));
  out["seed"] = fmt::format("{}", comparison.seed);
  out["labellings"] = comparison.labellings;
  out["sampled"] = comparison.sampled;
  out["delta"] = number(comparison.delta);
  json::array rows;
  for (const auto& row : comparison.rows) rows.push_back(row_object(row));
  out["rows"] = std::move(rows);
  out["failures"] =
      comparison.failures ? json::value(row_object(*comparison.failures)) : json::value(nullptr);
  if (comparison.profile) out["profile"] = report::profile_object(*comparison.profile);
  return out;
}

json::object provenance_object(const Provenance& provenance) {
  json::object out;
  out["title"] = provenance.title;
  out["experiment"] =
      provenance.experiment.empty() ? json::value(nullptr) : json::value(provenance.experiment);
  out["labels"] = json::array(provenance.labels.begin(), provenance.labels.end());
  json::array facts;
  for (const auto& [key, value] : provenance.facts) facts.push_back({{"name", key}, {"value", value}});
  out["facts"] = std::move(facts);
  return out;
}

json::array facts_array(const std::vector<FactLine>& facts) {
  json::array out;
  for (const auto& fact : facts) {
    json::array said;
    for (const auto& [words, where] : fact.said) said.push_back({{"text", words}, {"where", where}});
    out.push_back({{"workload", fact.workload}, {"name", fact.name}, {"description", fact.description}, {"said", std::move(said)}});
  }
  return out;
}

json::object report_object(const Report& report) {
  json::object out;
  out["format"] = "klab-report";
  out["version"] = 1;
  out["exit_code"] = exit_code(report);
  out["provenance"] = provenance_object(report.provenance);
  if (!report.arms.empty()) {
    json::array arms;
    for (const auto& arm : report.arms) {
      json::object entry{{"label", arm.label}, {"title", arm.title}, {"heading", arm.heading}};
      if (!arm.machine.empty()) entry["machine"] = arm.machine;
      arms.push_back(std::move(entry));
    }
    out["arms"] = std::move(arms);
  }
  if (!report.facts.empty()) out["facts"] = facts_array(report.facts);
  json::array contrasts;
  for (const auto& comparison : report.comparisons) contrasts.push_back(contrast_object(comparison));
  out["contrasts"] = std::move(contrasts);
  const auto lines = report::confirmation_lines(report);
  if (!lines.empty()) {
    json::object confirmation{{"said", json::array(lines.begin(), lines.end())}, {"report", nullptr}};
    if (!report.confirmation.empty()) confirmation["report"] = report_object(report.confirmation.front());
    out["confirmation"] = std::move(confirmation);
  }
  return out;
}

// Boost.JSON writes one line only; this breaks it where an object or array holds others.
class Printer {
 public:
  std::string print(const json::value& value) {
    write(value, 0);
    return out_ + "\n";
  }

 private:
  static bool is_leaf(const json::value& value) { return !value.is_structured(); }
  static bool is_flat(const json::value& value) {
    if (value.is_array()) return std::all_of(value.get_array().begin(), value.get_array().end(), is_leaf);
    return std::all_of(value.get_object().begin(), value.get_object().end(),
                       [](const auto& member) { return is_leaf(member.value()); });
  }

  void write(const json::value& value, std::size_t depth) {
    if (value.is_double()) {
      out_ += report::raw_number(value.get_double());
    } else if (is_leaf(value)) {
      out_ += json::serialize(value);
    } else if (value.is_array()) {
      write_members('[', ']', value.get_array(), is_flat(value), depth,
                    [&](const json::value& element) { write(element, depth + 1); });
    } else {
      write_members('{', '}', value.get_object(), is_flat(value), depth, [&](const auto& member) {
        out_ += json::serialize(json::value(member.key())) + ": ";
        write(member.value(), depth + 1);
      });
    }
  }

  template <class Members, class WriteMember>
  void write_members(char open, char close, const Members& members, bool flat, std::size_t depth,
                     WriteMember write_member) {
    const std::string line = flat ? "" : "\n" + std::string(2 * (depth + 1), ' ');
    out_ += open;
    bool first = true;
    for (const auto& member : members) {
      if (!first) out_ += flat ? ", " : ",";
      first = false;
      out_ += line;
      write_member(member);
    }
    if (!flat) out_ += "\n" + std::string(2 * depth, ' ');
    out_ += close;
  }

  std::string out_;
};

}  // namespace

std::string render_json(const Report& given) { return Printer().print(report_object(report::inert(given))); }

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include "api/pages/pages.hpp"
#include "api/answers.hpp"
#include "api/pages/parts.hpp"
#include "pipeline/report_data.hpp"
#include "report/html_data.hpp"
#include "report/numbers.hpp"
#include "util/text.hpp"

namespace klab {
using namespace pages;  // NOLINT: what pages are made of
namespace {

using Key = std::tuple<std::string, std::string, std::string>;
constexpr const char* no_verdict =
    "Boots of different experiments were not randomised together: whatever else changed between them looks the same as a change "
    "of the "
    "kernel. So there is no verdict here; submit both kernels as arms of one experiment to get one.";

page::Form form(const std::string& a, const std::string& b) {
  return {"/compare", {{"a", {"first: an experiment's number, or night:N", a}}, {"b", {"second, likewise", b}}}, "Compare"};
}

std::vector<page::Cell> change_cells(const ComparisonRow* row, const std::string& experiment) {
  if (!row) return {{.text = "n/a", .tone = "absent"}, {.text = ""}};
  const auto effect = report::effect_text(row->effect);
  const auto mark = page::mark_of(row->verdict);
  const bool measured = row->verdict != Verdict::not_available;
  return {{.text = effect.estimate,
           .href = measured ? report::row_address(experiment, row->workload, row->case_name, row->metric.name) : "",
           .small = report::is_shown(row->effect) ? effect.interval : "",
           .tone = std::string(mark.tone)},
          chip(mark)};
}

// How much the second change is of the first; only for ratios.
std::string ratio_text(const ComparisonRow* a, const ComparisonRow* b) {
  if (!a || !b || !report::is_shown(a->effect) || !report::is_shown(b->effect) || !a->effect->is_ratio || !b->effect->is_ratio)
    return "n/a";
  return report::change_text(true, b->effect->estimate / a->effect->estimate);
}

void flag_facts(page::Section& section, const char* what, const std::string& a, const std::string& b) {
  if (a == b) return;
  section.blocks.push_back(
      page::Note{{{.text = fmt::format("Different {}: {} and {}.", what, a.empty() ? "none" : a, b.empty() ? "none" : b)}},
                 "suggestive",
                 false});
}

std::string workload_hashes(const ExperimentPlan& plan) {
  std::vector<std::string> out;
  for (const auto& workload : plan.workloads) out.push_back(workload.request + " (source " + workload.hash.substr(0, 12) + ")");
  return join(out, ", ");
}

std::string kconfig_text(const ArmPlan& arm) {
  std::vector<std::string> out{arm.kconfig.base};
  for (const auto& fragment : arm.kconfig.fragments) out.push_back(fragment.name);
  return join(out, " + ");
}

// What the fragments say, not only what they are called.
bool same_kconfig(const ArmPlan& a, const ArmPlan& b) {
  if (a.kconfig.base != b.kconfig.base || a.kconfig.fragments.size() != b.kconfig.fragments.size()) return false;
  for (std::size_t i = 0; i < a.kconfig.fragments.size(); ++i)
    if (a.kconfig.fragments[i].text != b.kconfig.fragments[i].text) return false;
  return true;
}

// Of contrast i of the first, the one of the second between arms of the same names; else the one in its place.
const Comparison* partner(const Report& first, std::size_t i, const Report& second) {
  for (const auto& comparison : second.comparisons)
    if (comparison.reference == first.comparisons[i].reference && comparison.patched == first.comparisons[i].patched)
      return &comparison;
  return i < second.comparisons.size() ? &second.comparisons[i] : nullptr;
}

struct Side {
  std::int64_t id;
  ExperimentRecord record;
  Report report;
  ExperimentGround ground;

  std::map<std::string, std::string> host_of(const std::string& machine) const {
    const auto found = ground.host_of.find(machine);
    return found == ground.host_of.end() ? std::map<std::string, std::string>() : found->second;
  }
  const ArmPlan* arm(const std::string& label) const {
    for (const auto& arm : record.plan.arms)
      if (arm.label == label) return &arm;
    return nullptr;
  }
  std::string commit(const std::string& label) const {
    for (std::size_t i = 0; i < record.arms.size(); ++i)
      if (record.plan.arms[i].label == label) return record.arms[i].commit;
    return {};
  }
};

Result<Side> side(Lab& lab, std::int64_t id) {
  auto record = lab.experiments.get(id);
  if (!record) return record.error();
  auto report = experiment_report(lab, *record);
  if (!report) return report.error();
  auto grounds = lab.boots.grounds({id});
  if (!grounds) return grounds.error();
  return Side{id, std::move(*record), std::move(*report), std::move((*grounds)[id])};
}

// Why the changes of two contrasts cannot be set in relation to each other; empty: they can.
std::string unlike(const Side& a, const Comparison& of_a, const Side& b, const Comparison& of_b) {
  const auto *first = a.arm(of_a.reference), *second = b.arm(of_b.reference);
  const auto commit = a.commit(of_a.reference);
  if (!first || !second || commit.empty() || commit != b.commit(of_b.reference) || first->series || second->series)
    return "They are not against the same commit";
  if (first->machine != second->machine) return "They ran on different machines";
  if (workload_hashes(a.record.plan) != workload_hashes(b.record.plan)) return "They ran different workloads";
  const auto *patched_a = a.arm(of_a.patched), *patched_b = b.arm(of_b.patched);
  const auto alike = [](const ArmPlan* one, const ArmPlan* other) {
    return one && other && one->machine == other->machine && same_kconfig(*one, *other) && one->command_line == other->command_line;
  };
  if (!alike(first, second) || !alike(patched_a, patched_b)) return "Their kernels were configured or started differently";
  const auto host = a.host_of(first->machine);
  if (host.empty() || host != b.host_of(first->machine) || a.ground.accelerations != b.ground.accelerations)
    return "Their host was not the same, or it is not known";
  return {};
}

// Whether two nights of a cell differ in nothing but tonight's kernel, as far as their reference tells.
bool same_conditions(const ExperimentPlan& a, const ExperimentPlan& b) {
  if (a.arms.empty() || b.arms.empty() || workload_hashes(a) != workload_hashes(b)) return false;
  const auto &first = a.arms.front(), &second = b.arms.front();
  return first.machine == second.machine && same_kconfig(first, second) && first.command_line == second.command_line;
}

// What two arms of the same name, or in the same place, do not have in common.
void flag_arms(page::Section& section, const ArmPlan& a, const ArmPlan& b, std::set<std::string>& told) {
  const auto flag = [&](const char* what, const std::string& of_a, const std::string& of_b) {
    if (told.insert(std::string(what) + "\n" + of_a + "\n" + of_b).second) flag_facts(section, what, of_a, of_b);
  };
  const auto kconfig_a = kconfig_text(a), kconfig_b = kconfig_text(b);
  if (!same_kconfig(a, b)) flag("kconfig", kconfig_a + (kconfig_a == kconfig_b ? ", as it was then" : ""), kconfig_b);
  flag("machine", a.machine, b.machine);
  flag("command line", a.command_line, b.command_line);
}

// A side without a good boot has no host to tell of.
void flag_hosts(page::Section& section, std::map<std::string, std::string> a, std::map<std::string, std::string> b,
                std::set<std::string>& told) {
  if (a.empty() || b.empty()) return;
  std::set<std::string> keys;
  for (const auto* host : {&a, &b})
    for (const auto& [key, text] : *host) keys.insert(key);
  for (const auto& key : keys)
    if (told.insert("host, " + key + "\n" + a[key] + "\n" + b[key]).second) flag_facts(section, ("host, " + key).c_str(), a[key], b[key]);
}

// Of the arm of this name, else the one in its place.
const ArmPlan* arm_beside(const ExperimentPlan& plan, const std::string& label, std::size_t place) {
  for (const auto& arm : plan.arms)
    if (arm.label == label) return &arm;
  return place < plan.arms.size() ? &plan.arms[place] : nullptr;
}

}  // namespace

Pages::Page Pages::compare(const ApiRequest& request) {
  const auto value = [&](const char* key) {
    const auto found = request.query.find(key);
    return found == request.query.end() ? std::string() : std::string(trim(found->second));
  };
  const std::string a = value("a"), b = value("b");
  if (a.empty() || b.empty()) {
    page::Document document;
    document.title = "Compare";
    document.place = "/compare";
    document.lead = "Two experiments, or two nights of a matrix, side by side.";
    document.sections.push_back(
        {"", "", {form(a, b), page::Note{{{.text = "The pages of an experiment and of a night lead here, too."}}, {}, true}}});
    return document;
  }
  const bool nights = a.starts_with("night:") && b.starts_with("night:");
  const auto first = number(nights ? std::string_view(a).substr(6) : a),
             second = number(nights ? std::string_view(b).substr(6) : b);
  if (!first || !second)
    return input_error("cannot compare \"{}\" with \"{}\": give two experiments' numbers, or night:N twice", printable(a),
                       printable(b));
  return nights ? compare_nights(*first, *second) : compare_experiments(*first, *second);
}

Pages::Page Pages::compare_experiments(std::int64_t a, std::int64_t b) {
  auto first = side(lab_, a);
  if (!first) return first.error();
  auto second = side(lab_, b);
  if (!second) return second.error();
  page::Document document;
  document.title = fmt::format("Experiments {} and {}", a, b);
  document.place = "/compare";
  document.trail = {{.text = "Compare", .href = "/compare"}, {.text = "/"}, {.text = fmt::format("{} and {}", a, b)}};
  page::Section top;
  page::Facts sides;
  for (const auto* one : {&*first, &*second})
    sides.facts.push_back({fmt::format("{}", one->id),
                           {{.text = one->record.plan.title,
                             .href = experiment_address(one->id),
                             .small = time_text(one->record.created) + ", " + join(one->report.provenance.labels, ", ")}}});
  top.blocks.push_back(std::move(sides));
  top.blocks.push_back(page::Note{{{.text = no_verdict}}, "plainly", false});
  std::set<std::string> told;
  const auto accelerations = [](const Side& one) {
    return join(std::vector<std::string>(one.ground.accelerations.begin(), one.ground.accelerations.end()), ", ");
  };
  flag_facts(top, "acceleration", accelerations(*first), accelerations(*second));
  flag_facts(top, "workload", workload_hashes(first->record.plan), workload_hashes(second->record.plan));
  for (std::size_t i = 0; i < first->record.plan.arms.size(); ++i) {
    const auto& arm = first->record.plan.arms[i];
    const auto* beside = arm_beside(second->record.plan, arm.label, i);
    if (!beside) continue;
    flag_arms(top, arm, *beside, told);
    flag_hosts(top, first->host_of(arm.machine), second->host_of(beside->machine), told);
  }
  top.blocks.push_back(form(fmt::format("{}", a), fmt::format("{}", b)));
  document.sections.push_back(std::move(top));

  for (std::size_t i = 0; i < first->report.comparisons.size(); ++i) {
    const auto& of_a = first->report.comparisons[i];
    const auto* of_b = partner(first->report, i, second->report);
    if (!of_b) continue;
    const auto why_not = unlike(*first, of_a, *second, *of_b);
    const bool same = why_not.empty();
    page::Section section{fmt::format("{} vs {}", of_a.reference, of_a.patched), "", {}};
    if (of_b->reference != of_a.reference || of_b->patched != of_a.patched)
      section.blocks.push_back(
          page::Note{{{.text = fmt::format("In experiment {}: {} vs {}.", b, of_b->reference, of_b->patched)}}, {}, true});
    section.blocks.push_back(page::Note{
        {{.text = same ? "Both are against the same commit under the same conditions, so the last column sets the second change in "
                         "relation to the first."
                       : why_not + ", so their changes cannot be set in relation to each other."}},
        {},
        true});
    std::map<Key, const ComparisonRow*> others;
    for (const auto& row : of_b->rows) others[{row.workload, row.case_name, row.metric.name}] = &row;
    page::Table table{"",
                      {{"workload, case"},
                       {"metric"},
                       {fmt::format("change in {}", a), true},
                       {"verdict there"},
                       {fmt::format("change in {}", b), true},
                       {"verdict there"}},
                      {},
                      "No rows.",
                      true};
    if (same) table.columns.push_back({"second over first", true});
    const auto add = [&](const ComparisonRow& named, const ComparisonRow* row_a, const ComparisonRow* row_b) {
      std::vector<page::Cell> cells{{.text = named.workload + (named.case_name.empty() ? "" : " " + named.case_name)},
                                    {.text = named.metric.name, .small = fmt::format("{} is better", name(named.metric.better))}};
      for (auto& cell : change_cells(row_a, fmt::format("{}", a))) cells.push_back(std::move(cell));
      for (auto& cell : change_cells(row_b, fmt::format("{}", b))) cells.push_back(std::move(cell));
      if (same) cells.push_back({.text = ratio_text(row_a, row_b)});
      table.rows.push_back(std::move(cells));
    };
    for (const auto& row : of_a.rows) {
      const auto other = others.find({row.workload, row.case_name, row.metric.name});
      add(row, &row, other == others.end() ? nullptr : other->second);
      if (other != others.end()) others.erase(other);
    }
    for (const auto& row : of_b->rows)
      if (others.count({row.workload, row.case_name, row.metric.name})) add(row, nullptr, &row);
    section.blocks.push_back(std::move(table));
    document.sections.push_back(std::move(section));
  }
  if (first->report.comparisons.empty() || second->report.comparisons.empty())
    document.sections.push_back(
        {"", "", {page::Note{{{.text = "One of them has no contrast: nothing can be set side by side."}}}}});
  return document;
}

Pages::Page Pages::compare_nights(std::int64_t a, std::int64_t b) {
  auto first = lab_.nights.night(a);
  if (!first) return first.error();
  auto second = lab_.nights.night(b);
  if (!second) return second.error();
  auto cells_a = lab_.nights.night_cells(a);
  if (!cells_a) return cells_a.error();
  auto cells_b = lab_.nights.night_cells(b);
  if (!cells_b) return cells_b.error();
  auto cells = lab_.nights.cells(first->matrix);
  if (!cells) return cells.error();
  page::Document document;
  document.title = fmt::format("{}: {} and {}", first->matrix, first->date, second->date);
  document.place = "/compare";
  document.trail = {{.text = "Compare", .href = "/compare"},
                    {.text = "/"},
                    {.text = first->date, .href = fmt::format("/nights/{}", a)},
                    {.text = "and"},
                    {.text = second->date, .href = fmt::format("/nights/{}", b)}};
  page::Section top{
      "",
      "",
      {page::Note{{{.text = no_verdict}}, "plainly", false}, form(fmt::format("night:{}", a), fmt::format("night:{}", b))}};
  std::map<std::int64_t, const NightCell*> later;
  for (const auto& cell : *cells_b) later[cell.cell] = &cell;
  page::Table table{"", {{"cell"}, {first->date}, {second->date}, {""}}, {}, "They have no cell in common.", true};
  page::Section rows{"Rows", "rows", {}};
  auto experiments = experiments_of(*cells_a);
  for (const auto id : experiments_of(*cells_b)) experiments.push_back(id);
  if (auto labelled = add_label_chips(lab_, document, experiments); !labelled) return labelled.error();
  auto labels = experiment_labels(lab_, experiments);
  if (!labels) return labels.error();
  const auto labels_in = [&](const NightCell& one) { return one.experiment ? join((*labels)[*one.experiment], ", ") : std::string(); };
  for (const auto& cell : *cells_a) {
    const auto other = later.find(cell.cell);
    if (other == later.end()) continue;
    const auto& next = *other->second;
    std::string label = fmt::format("cell {}", cell.cell);
    for (const auto& known : *cells)
      if (known.id == cell.cell) label = known.label;
    const auto verdict = [&](const NightCell& one) {
      auto out = chip(page::mark_of(one), one.experiment ? experiment_address(*one.experiment) : "");
      out.small = labels_in(one);
      return out;
    };
    page::Cell both{.text = ""};
    if (cell.experiment && next.experiment)
      both = {.text = "side by side", .href = fmt::format("/compare?a={}&b={}", *cell.experiment, *next.experiment)};
    table.rows.push_back(
        {{.text = label, .href = fmt::format("/cells/{}", cell.cell)}, verdict(cell), verdict(next), std::move(both)});
    auto values_a = lab_.trends.values(cell.id);
    if (!values_a) return values_a.error();
    auto values_b = lab_.trends.values(next.id);
    if (!values_b) return values_b.error();
    if (values_a->empty() || values_b->empty()) continue;
    const bool same_commit = !cell.reference_commit.empty() && cell.reference_commit == next.reference_commit;
    const bool same_host = !cell.fingerprint.empty() && cell.fingerprint == next.fingerprint &&
                           (labels_in(cell).empty() || labels_in(next).empty() || labels_in(cell) == labels_in(next));
    bool same_inputs = true;
    if (cell.experiment && next.experiment) {
      auto measured = lab_.experiments.get(*cell.experiment);
      if (!measured) return measured.error();
      auto measured_next = lab_.experiments.get(*next.experiment);
      if (!measured_next) return measured_next.error();
      same_inputs = same_conditions(measured->plan, measured_next->plan);
    }
    const bool same = same_commit && same_host && same_inputs;
    std::map<RowKey, TrendValue> by_row(values_b->begin(), values_b->end());
    page::Table points{fmt::format("{}: each night's ratio to its reference{}", label,
                                   same           ? ", which is the same commit on the same host"
                                   : !same_commit ? "; the references are different commits"
                                   : !same_host   ? "; the host was not the same, or it is not known"
                                                  : "; kconfig, command line or workload were not the same"),
                       {{"workload, case"}, {"metric"}, {first->date, true}, {second->date, true}},
                       {},
                       "",
                       true};
    if (same) points.columns.push_back({"second over first", true});
    for (const auto& [key, value] : *values_a) {
      const auto found = by_row.find(key);
      if (found == by_row.end()) continue;
      const std::string href = page::address(fmt::format("/cells/{}/trend", cell.cell),
                                             {{"workload", key.workload}, {"case", key.case_name}, {"metric", key.metric}});
      const auto point = [&](const TrendValue& v) {
        return page::Cell{
            .text = report::change_text(v.is_ratio, v.estimate),
            .href = href,
            .small = fmt::format("[{}, {}]", report::change_text(v.is_ratio, v.low), report::change_text(v.is_ratio, v.high))};
      };
      std::vector<page::Cell> line{{.text = key.workload + (key.case_name.empty() ? "" : " " + key.case_name)},
                                   {.text = key.metric},
                                   point(value),
                                   point(found->second)};
      if (same)
        line.push_back({.text = value.is_ratio && found->second.is_ratio
                                    ? report::change_text(true, found->second.estimate / value.estimate)
                                    : "n/a"});
      points.rows.push_back(std::move(line));
    }
    rows.blocks.push_back(std::move(points));
  }
  top.blocks.push_back(std::move(table));
  document.sections.push_back(std::move(top));
  if (!rows.blocks.empty()) document.sections.push_back(std::move(rows));
  return document;
}

}  // namespace klab

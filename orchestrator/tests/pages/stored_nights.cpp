// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "tests/pages/stored_lab.hpp"
#include "tests/pages/stored_parts.hpp"

namespace klab::test {

void StoredLab::add_points(std::int64_t night_cell, double level, double noise, CellVerdict verdict, bool first) {
  std::normal_distribution<double> normal(0.0, 1.0);
  std::vector<std::pair<RowKey, TrendValue>> points;
  for (std::size_t c = 0; c < std::size(cases); ++c)
    for (const auto* metric : {"throughput", "p95"}) {
      const bool higher = std::string_view(metric) == "throughput";
      const double moved = c < 3 ? level : 1.0;
      TrendValue value;
      value.estimate = (higher ? moved : 1.0 / moved) * std::exp(noise * normal(random_));
      value.low = value.estimate * (1.0 - 0.011 - 0.004 * std::fabs(normal(random_)));
      value.high = value.estimate * (1.0 + 0.011 + 0.004 * std::fabs(normal(random_)));
      if (!first) value.change = noise * normal(random_);
      value.verdict = Verdict::within_noise;
      const bool improved = verdict == CellVerdict::improved, regressed = verdict == CellVerdict::regressed;
      if (c < 3 && (improved || regressed)) {
        value.verdict = improved ? Verdict::improved : Verdict::regressed;
        value.change = ((improved == higher) ? 1.0 : -1.0) * (0.06 + 0.01 * static_cast<double>(c));
      }
      points.push_back({{"workqueue", cases[c], metric}, value});
    }
  must(trends_.set_points(night_cell, points));
}

void StoredLab::add_nights(int nights, int with_boots) {
  std::vector<Cell> cells(4);
  const char* labels[] = {"debian, lab", "debian, preempt-rt", "debian, lab, mitigations=off", "stable, lab"};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i].matrix = "nightly";
    cells[i].label = labels[i];
    cells[i].tree = i == 3 ? "stable" : "debian";
    cells[i].ref = "master";
    cells[i].kconfig = i == 1 ? "lab + preempt-rt" : "lab";
    cells[i].command_line = i == 2 ? "mitigations=off" : "";
    cells[i].machine = "vm";
    cells[i].workload = "workqueue:profile=quick";
  }
  std::vector<std::int64_t> last_good(cells.size(), 0), before_change(cells.size(), 0), after_change(cells.size(), 0);
  const int change = nights / 2, host_change = nights * 2 / 3;
  for (int n = 0; n < nights; ++n) {
    const double when = first_day + n * 86400.0;
    Night night;
    night.matrix = "nightly";
    night.date = date(when);
    night.person = "klabd";
    night.started = when;
    night.deadline = when + 6 * 3600.0;
    night.definition = "# every night\n[[trees]]\ntree = \"debian\"\n";
    const auto id = must(nights_.begin(night, cells));
    must(nights_.set_tree(id, {"debian", true, ""}));
    must(nights_.set_tree(id, {"stable", n % 17 != 5, n % 17 == 5 ? "fatal: unable to access: Could not resolve host" : ""}));
    for (auto cell : must(nights_.night_cells(id))) {
      const auto which = static_cast<std::size_t>((cell.cell - 1) % 4);
      cell.commit = commit(100 + n);
      cell.reference_commit = commit(1);
      cell.fingerprint = which == 1 && n >= host_change ? "host-b" : "host-a";
      cell.estimate = 900.0;
      cell.state = CellState::done;
      cell.verdict = n % 5 == 2 ? CellVerdict::no_change : CellVerdict::within_noise;
      if (n == 0) cell.verdict = CellVerdict::none;
      if (n % 13 == 7 && which == 2) cell.verdict = CellVerdict::suggestive;
      if (n == nights - 1 && which == 3) cell.state = CellState::put_off, cell.reason = "the night's budget was used up";
      if (n % 17 == 5 && which == 3) cell.state = CellState::lab_error, cell.reason = "tree \"stable\" could not be fetched";
      if (n % 9 == 4 && which == 3)
        cell.state = CellState::skipped, cell.reason = "its inputs have not changed since " + date(when - 86400.0);
      if (n == change && which == 0) cell.verdict = CellVerdict::regressed;
      if (n == nights - 1 && which == 2) cell.verdict = CellVerdict::improved;
      if (n == nights - 3 && which == 1) cell.verdict = CellVerdict::failed, cell.reason = "2 of 5 boots crashed";
      if (which == 0 && n >= 12 && n < 16) cell.state = CellState::put_off, cell.reason = "the night's budget was used up";
      if (cell.state == CellState::done) {
        auto made = plan(fmt::format("nightly: {}, {}", labels[which], night.date),
                         n == 0 ? std::vector<std::string>{"reference", "tonight"}
                                : std::vector<std::string>{"reference", "last-good", "tonight"});
        made.contrasts = n == 0 ? decltype(made.contrasts){{0, 1}} : decltype(made.contrasts){{0, 2}, {1, 2}};
        made.submitter = "klabd";
        const double level = which == 0 && n >= change        ? 0.95
                             : which == 2 && n >= nights - 1  ? 1.12
                             : which == 1 && n >= host_change ? 1.03
                                                              : 1.0;
        if (n < nights - with_boots) {
          cell.experiment = must(nights_.submit(cell, made, when));
          must(experiments_.finish(*cell.experiment, Outcome::ok, "", "", when + 900.0));
          must(trends_.set_seen(*cell.experiment));
        } else {
          cell.experiment = must(nights_.submit(cell, made, when));
          const auto record = must(experiments_.get(*cell.experiment));
          builds(record, when);
          std::vector<std::int64_t> order;
          for (int b = 0; b < 5; ++b)
            for (const auto& arm : record.arms) order.push_back(arm.id);
          std::shuffle(order.begin(), order.end(), random_);
          must(boots_.add_slots(record.id, order));
          for (const auto& slot : must(boots_.slots(record.id))) {
            const bool tonight = slot.arm == record.arms.back().id;
            boot(record, slot, tonight ? level : 1.0, {}, when + 45.0 * slot.position,
                 which == 1 && n == nights - 3 && tonight && slot.position < 8);
          }
          must(experiments_.finish(record.id, Outcome::ok, "", "", when + 900.0));
          must(trends_.set_seen(record.id));
        }
        if (last_good[which]) cell.last_good = last_good[which];
        if (cell.verdict != CellVerdict::regressed && cell.verdict != CellVerdict::failed) last_good[which] = cell.id;
        must(nights_.update(cell));
        add_points(cell.id, level, 0.004, cell.verdict, n == 0);
        if (n < change)
          before_change[which] = cell.id;
        else if (!after_change[which])
          after_change[which] = cell.id;
      } else {
        must(nights_.update(cell));
      }
    }
    must(nights_.finish(id, when + 3 * 3600.0));
    if (n + 1 < nights) {
      must(trends_.set_analysed(id));
      continue;
    }
    const auto first = must(nights_.cells("nightly")).front().id;
    Investigation found;
    found.cell = first;
    found.last_good = before_change[0];
    found.first_bad = after_change[0];
    found.row = {"workqueue", "cache", "throughput"};
    found.source = "change point";
    found.p = 0.001;
    found.magnitude = -0.05;
    found.found = first_day + (change + 4) * 86400.0;
    CellAnalysis analysis;
    analysis.cell = first;
    for (const auto* one : {"cpu", "smt", "cache"}) {
      analysis.changes.push_back({{"workqueue", one, "throughput"}, after_change[0], 0.001, -0.05, {}});
      analysis.fresh_of.push_back(0);
    }
    analysis.fresh.push_back(found);
    must(trends_.set_changes(analysis));
    must(trends_.set_analysed(id));
    const auto open = must(trends_.open_investigations()).front();
    const int commits[] = {100 + change, 130, 127, 128};
    const char* marks[] = {"bad", "bad", "good", "bad"};
    for (int s = 0; s < 4; ++s)
      must(trends_.add_step(
          open, {s > 0,
                 commit(commits[s]),
                 {},
                 marks[s],
                 s == 0 ? "fresh boots show -5.1% [-6.0%, -4.2%], family p 0.008" : "throughput of cache, 5 + 5 boots"}));
    must(trends_.end_investigation(
        open, "commit named", commit(128),
        fmt::format("The first commit that shows it is {} (\"workqueue: count every wakeup\").", commit(128).substr(0, 12)),
        first_day + (change + 5) * 86400.0));
  }
}

}  // namespace klab::test

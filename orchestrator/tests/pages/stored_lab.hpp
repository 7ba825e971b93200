// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "store/boot_store.hpp"
#include "store/build_store.hpp"
#include "store/experiment_store.hpp"
#include "store/host_store.hpp"
#include "store/night_store.hpp"
#include "store/trend_store.hpp"

namespace klab::test {

// A laboratory that has been at work for two months, written through the stores: what its pages are looked at with.
// The same numbers every time.
class StoredLab {
 public:
  explicit StoredLab(Database& database);

  // Of experiments of every kind; gives the numbers, in this order: improved, regressed with failed boots, noise,
  // three arms, apply failed, build failed, hostile, waiting for a host in quarantine.
  std::vector<std::int64_t> add_experiments();
  void add_aa_runs(int runs);
  // A matrix of four cells over so many nights: one with a regression and an investigation that named its commit,
  // one whose host changed, gaps, nights put off and failed.
  void add_nights(int nights, int with_boots);
  void add_host();
  // Two that no page of a host knows: one waits for any host of a label, one's machine left the configuration.
  void add_unplaced();

  static constexpr const char* hostile =
      "<script>alert(1)</script>\"'&\x1b[31m\xe2\x80\xae{{title}} "
      "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword";

 private:
  struct Effects {
    double factor = 1.0;   // of the patched arm
    double noise = 0.008;  // sd of logs
    int failed = 0;        // boots of the last arm that crash
  };
  ExperimentPlan plan(const std::string& title, std::vector<std::string> labels);
  Series series(const std::string& title, const std::string& author, const std::string& id, int patches);
  std::int64_t store(const ExperimentPlan& plan, const std::vector<double>& factors, const Effects& effects, double when);
  void builds(const ExperimentRecord& record, double when, Outcome outcome = Outcome::ok);
  void boot(const ExperimentRecord& record, const Slot& slot, double factor, const Effects& effects, double when, bool crash);
  void add_points(std::int64_t night_cell, double level, double noise, CellVerdict verdict, bool first);

  ExperimentStore experiments_;
  BuildStore builds_;
  BootStore boots_;
  HostStore hosts_;
  NightStore nights_;
  TrendStore trends_;
  std::mt19937_64 random_{4711};
};

}  // namespace klab::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/metric.hpp"
#include "util/result.hpp"
#include "workload/definition.hpp"
#include "workload/frames.hpp"
#include "workload/profile_frames.hpp"

namespace klab {

struct WorkloadResults {
  std::vector<Sample> samples;  // in the order they came; warm-up passes included
  std::vector<UnavailableCase> unavailable;
  std::vector<Fact> facts;  // in the order they came; of warm-up passes too
  // release, version, machine, cpus, command_line, clocksource, clocksource_at_end; of the host hypervisor, dmi, cpu,
  // microcode, turbo, smt, cstates, governor, mitigations, throttled, throttled_at_end, each "n/a" where it has none
  std::map<std::string, std::string> guest_facts;
  std::vector<std::string> log;  // what workloads said with "log", at most 1000 lines
  bool hello = false;            // the runner has started
  bool ended = false;            // the runner said it was done, well or not
};

struct BootProgress {
  int passes_begun = 0;
  int passes_total = 0;  // warm-ups included; unavailable cases count as done
  std::string workload;  // of the pass under way
  std::string case_name;
};

// Turns what a guest sends into samples, and believes none of it: the first frame that is not what
// the job can have made, or that is missing in the end, becomes failure(), of kind failed, and
// nothing after it is taken. Samples before it stay. Text is made printable.
// Plain object without a thread: feed() and finish() belong to one caller.
class ResultCollector {
 public:
  // `nonce` is the one the job image was written with; so is `profiled`.
  ResultCollector(std::vector<WorkloadRun> runs, std::string nonce, FrameLimits limits = {}, bool profiled = false);

  void feed(std::string_view bytes);
  // The channel is closed, or the boot is over: what is missing is a failure now.
  void finish();

  const WorkloadResults& results() const { return results_; }
  const ProfileFrames& profile() const { return profile_; }
  const std::optional<Error>& failure() const { return failure_; }
  BootProgress progress() const;

 private:
  struct Payload;
  struct CaseState {
    int begun = 0;  // passes
    bool unavailable = false;
  };
  using CaseKey = std::pair<std::string, std::string>;

  std::optional<std::string> take(Payload& payload);
  std::optional<std::string> take_hello(Payload& payload);
  std::optional<std::string> take_begin(Payload& payload);
  std::optional<std::string> take_sample(Payload& payload);
  std::optional<std::string> take_fact(Payload& payload);
  std::optional<std::string> take_unavailable(Payload& payload);
  std::optional<std::string> take_error(Payload& payload);
  std::optional<std::string> take_end(Payload& payload);
  std::optional<std::string> take_of_profile(Payload& payload);
  std::optional<std::string> check_place(const Payload& payload) const;
  std::optional<std::string> close_pass();
  std::optional<std::string> check_complete() const;
  const WorkloadRun* find_run(const std::string& name) const;
  void fail(std::string_view message);

  std::vector<WorkloadRun> runs_;
  std::string nonce_;
  FrameParser parser_;
  WorkloadResults results_;
  std::optional<Error> failure_;
  std::map<CaseKey, CaseState> cases_;
  std::optional<CaseKey> current_;                // the pass under way
  std::map<std::string, double> current_values_;  // its metrics so far
  std::set<std::string> current_facts_;
  bool profiled_;
  ProfileFrames profile_;
};

}  // namespace klab

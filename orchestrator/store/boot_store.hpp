// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/boot.hpp"
#include "model/metric.hpp"
#include "model/outcome.hpp"
#include "model/profile.hpp"
#include "store/database.hpp"

namespace klab {

// One place in an experiment's order, or behind it one of a boot that is profiled.
struct Slot {
  std::int64_t id = 0;
  int position = 0;      // from 1
  std::int64_t arm = 0;  // arm record
  int attempts = 0;      // boots started in it so far
  std::optional<std::int64_t> result;  // the boot that filled it
  bool profile = false;
};

// What is known before a boot starts.
struct BootStart {
  std::int64_t slot = 0;
  int attempt = 1;
  double started = 0.0;
  std::string acceleration;
  std::string command_line;
  std::uint64_t case_seed = 0;
  std::string nonce;
  std::string reproduce;
  HostFingerprint fingerprint;
  HostState before;
};

// What is known after it.
struct BootEnd {
  Outcome outcome = Outcome::lab_error;
  std::string title;
  std::string excerpt;
  double finished = 0.0;
  std::string console;
  std::size_t console_cut = 0;
  std::map<std::string, std::string> guest_facts;
  HostState after;
  std::optional<double> seconds_to_userspace;
  std::vector<Sample> samples;
  std::vector<Summary> summaries;
  std::vector<UnavailableCase> unavailable;
  std::vector<Fact> facts;
  std::vector<CaseProfile> profiles;  // of a boot that is profiled
  std::vector<BootNote> notes;
  std::string acceleration = {};  // when the guest has shown it to be another than was stored at the start
};

// A boot as it is listed; the large parts are read on their own.
struct BootRecord {
  std::int64_t id = 0;
  std::int64_t arm = 0;
  int position = 0;
  int attempt = 1;
  std::optional<Outcome> outcome;
  std::string title;
  std::string excerpt;
  std::string acceleration;
  double started = 0.0;
  std::optional<double> finished;
  std::optional<double> seconds_to_userspace;
  std::optional<double> load_before, load_after;
  std::optional<double> steal;  // seconds stolen during the boot
  std::string governor;
};

struct BootDetail {
  BootRecord line;
  std::int64_t experiment = 0;
  std::string arm_label;
  std::string command_line;
  bool profile = false;
};

// A value of one row of an experiment, and the boot that it is from.
struct SampleOfBoot {
  std::int64_t boot = 0;
  int pass = 0;
  bool warmup = false;
  double value = 0.0;
};
struct SummaryOfBoot {
  std::int64_t boot = 0;
  double value = 0.0;
  int passes = 0;
};
struct RowValues {
  std::vector<SummaryOfBoot> summaries;
  std::vector<SampleOfBoot> samples;
};

// What a boot measured, one number per case and metric, and what it could not.
struct BootNumbers {
  std::vector<Summary> summaries;
  std::vector<UnavailableCase> unavailable;
};

// What an experiment's good boots ran on.
struct ExperimentGround {
  std::set<std::string> machines;  // of all arms, those without a good boot among them
  std::set<std::string> accelerations;
  std::map<std::string, std::map<std::string, std::string>> host_of;  // facts of the machine's host
};

// Which boots a question is about. Nobody who does not ask for the profiled ones gets to see them.
enum class BootKind { measured, profiled };

// Boots, their samples and summaries. Borrows the database; same thread. A boot is committed whole,
// in one transaction, and a slot takes one result only: the schema refuses a second.
class BootStore {
 public:
  explicit BootStore(Database& database) : database_(database) {}

  // `arms`: the arm record of each slot, in order. Does nothing when the experiment has slots already.
  Result<void> add_slots(std::int64_t experiment, const std::vector<std::int64_t>& arms);
  // One place per arm behind those; likewise once.
  Result<void> add_profile_slots(std::int64_t experiment, const std::vector<std::int64_t>& arms);
  Result<std::vector<Slot>> slots(std::int64_t experiment, BootKind kind = BootKind::measured);
  Result<std::int64_t> start(const BootStart& boot);
  Result<void> finish(std::int64_t boot, const BootEnd& end);
  // Boots that a killed daemon left unfinished are discarded whole and recorded as interrupted.
  Result<int> mark_interrupted(double now);  // gives their number
  // (slot, attempt) of every boot that is a result.
  Result<std::vector<std::pair<std::int64_t, int>>> results();

  Result<std::vector<BootRecord>> list(std::int64_t experiment, BootKind kind = BootKind::measured);
  Result<BootDetail> get(std::int64_t boot);
  Result<std::string> console(std::int64_t boot);
  Result<std::string> reproduce(std::int64_t boot);
  Result<std::vector<Sample>> samples(std::int64_t boot);
  Result<std::vector<Summary>> summaries(std::int64_t boot);
  // All that an experiment has of one row, as the boots ran.
  Result<RowValues> row_values(std::int64_t experiment, const std::string& workload, const std::string& case_name,
                               const std::string& metric);
  Result<std::vector<UnavailableCase>> unavailable(std::int64_t boot);
  Result<std::vector<Fact>> facts(std::int64_t boot);
  // Of all ok boots of an experiment that were measured, at once, by boot: what a report is made of.
  Result<std::map<std::int64_t, BootNumbers>> numbers(std::int64_t experiment);
  // Likewise; what passes other than warm-ups said, each text once per boot, case and name, in the order of passes.
  Result<std::map<std::int64_t, std::vector<Fact>>> facts_said(std::int64_t experiment);
  Result<std::vector<CaseProfile>> profiles(std::int64_t boot);
  Result<std::vector<BootNote>> notes(std::int64_t boot);
  // name -> value of the host that ran the boot
  Result<std::map<std::string, std::string>> fingerprint(std::int64_t boot);
  Result<std::map<std::string, std::string>> guest_facts(std::int64_t boot);
  // By experiment.
  Result<std::map<std::int64_t, ExperimentGround>> grounds(const std::vector<std::int64_t>& experiments);

 private:
  Result<void> add_slots(std::int64_t experiment, const std::vector<std::int64_t>& arms, BootKind kind);
  Result<std::string> column(std::int64_t boot, const char* sql);

  Database& database_;
};

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/experiment.hpp"
#include "model/outcome.hpp"
#include "store/database.hpp"

namespace klab {

struct ArmRecord {
  std::int64_t id = 0;
  std::string commit;       // empty until resolved
  std::string base_reason;
  std::vector<BaseAttempt> base_attempts;
  std::optional<std::int64_t> build;
};

struct ExperimentRecord {
  std::int64_t id = 0;
  ExperimentPlan plan;
  std::vector<ArmRecord> arms;  // as plan.arms
  ExperimentState state = ExperimentState::queued;
  std::optional<Outcome> outcome;
  std::string message;
  std::string tail;
  bool cancelling = false;
  double created = 0.0;
  std::optional<double> finished;
  std::optional<std::int64_t> confirms;      // the experiment of which these are fresh boots
  std::optional<std::int64_t> confirmed_by;  // and the other way round
  bool seen = false;  // it has ended, and whether it wants a confirmation is decided
};

// Where an experiment's boots are to happen: one entry for each machine that its arms name, or labels they ask for.
struct ArmPlace {
  std::string machine;  // a name; or the labels, while no host has been assigned
  std::string request;  // the labels asked for; empty where a machine was named
  bool measured = false;  // a boot there is a result: it cannot move any more
};

struct ExperimentPlaces {
  ExperimentState state = ExperimentState::queued;
  std::string submitter;
  std::vector<ArmPlace> places;  // in the arms' order
};

struct ExperimentLine {  // of a listing
  std::int64_t id = 0;
  std::string title;
  std::string submitter;
  ExperimentState state = ExperimentState::queued;
  std::optional<Outcome> outcome;
  std::string message;
  int boots_planned = 0;
  int boots_done = 0;
  double created = 0.0;
  std::optional<double> finished = {};
};

// Which experiments a page lists: newest first, those that are not done oldest first.
struct ExperimentFilter {
  enum class Which { all, unfinished, done } which = Which::all;
  std::optional<std::int64_t> before = {};  // smaller numbers only
  std::string workload = {};
  std::string machine = {};
  int limit = 50;
};

// What was found of a text.
struct SeriesFound {
  std::int64_t experiment = 0;
  std::string title;
  std::string author;
  int version = 1;
  std::string where;  // "author", "Message-ID of patch 3", ...
  std::string text;   // what matched
};
struct CommitFound {
  std::int64_t experiment = 0;
  std::string title;
  std::string arm;
  std::string tree;
  std::string commit;
};
struct Found {
  std::vector<ExperimentLine> experiments;  // by their own titles
  std::vector<SeriesFound> series;
  std::vector<CommitFound> commits;
  std::vector<std::int64_t> of_message;  // experiments with this very Message-ID, newest first
};

// Experiments and all that was asked for with them. Borrows the database; same thread. Times are
// seconds since the epoch, given by the caller.
class ExperimentStore {
 public:
  explicit ExperimentStore(Database& database) : database_(database) {}

  Result<std::int64_t> add(const ExperimentPlan& plan, double now);
  Result<ExperimentRecord> get(std::int64_t id);  // kind input when there is none
  // Newest first; with `before`, those with a smaller number.
  Result<std::vector<ExperimentLine>> list(int limit, std::optional<std::int64_t> before = {});
  Result<std::vector<ExperimentLine>> list(const ExperimentFilter& filter);
  // Titles, authors, subjects, Message-IDs, Change-Ids that contain `text`, and commits that begin with it; at most
  // `limit` of each, newest first.
  Result<Found> search(const std::string& text, int limit);
  Result<std::vector<std::int64_t>> unfinished();       // oldest first
  Result<std::vector<std::int64_t>> cancelling();       // of these, those for which request_cancel() was called
  // Those with a larger number than `after`, oldest first, with what they wait for. Two with equal words, which
  // name the submitter, the machines, and what was asked for instead of them, can have the same hosts.
  Result<std::vector<std::pair<std::int64_t, std::string>>> unfinished_after(std::int64_t after);
  // That has a series with this mail, its cover letter or one of its patches, by its Message-ID without brackets. Only
  // what somebody submitted: not its fresh boots, nor what a night or an investigation made.
  Result<std::optional<std::int64_t>> newest_of_message(const std::string& message_id);

  Result<void> set_state(std::int64_t id, ExperimentState state);
  Result<void> request_cancel(std::int64_t id);
  Result<void> finish(std::int64_t id, Outcome outcome, std::string_view message, std::string_view tail, double now);
  // How the search for an arm's base went; an empty commit: in vain.
  Result<void> set_arm_base(std::int64_t arm, std::string_view commit, std::string_view reason,
                            const std::vector<BaseAttempt>& attempts);
  Result<ExperimentPlaces> places(std::int64_t id);  // kind input when there is no such experiment
  // The arms that asked for these labels run on this host from now on; or, given the labels again, on none yet.
  Result<void> assign_machine(std::int64_t id, std::string_view request, std::string_view machine);
  // What is to be said of one that goes on; its end replaces it.
  Result<void> set_message(std::int64_t id, std::string_view message);
  Result<void> set_arm_build(std::int64_t arm, std::int64_t build);

 private:
  Database& database_;
};

}  // namespace klab

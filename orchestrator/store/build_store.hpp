// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/outcome.hpp"
#include "store/database.hpp"

namespace klab {

struct BuildRecord {
  std::int64_t id = 0;
  std::string key;
  std::optional<Outcome> outcome;  // nothing while it is going on
  std::string message;
  std::string tail;
  std::string log;
  std::string kernel;
  std::string kernel_sha256;
  std::string release;
  std::string compiler;
  std::string config;
  bool from_cache = false;
  double started = 0.0;
  std::optional<double> finished;
};

struct BuildUser {  // an arm that runs it
  std::int64_t experiment = 0;
  std::string title;
  std::string arm;
};

// Builds with their logs. Borrows the database; same thread.
class BuildStore {
 public:
  explicit BuildStore(Database& database) : database_(database) {}

  Result<std::int64_t> start(double now);
  Result<void> finish(const BuildRecord& record);  // by id; outcome and finished set
  Result<BuildRecord> get(std::int64_t id);
  Result<std::vector<BuildUser>> users(std::int64_t id, int limit);  // newest first
  // What a killed daemon left unfinished.
  Result<int> mark_interrupted(double now);  // gives their number

 private:
  Database& database_;
};

}  // namespace klab

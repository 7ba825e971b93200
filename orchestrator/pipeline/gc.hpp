// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/lab.hpp"
#include "store/database.hpp"

namespace klab {

// What may go: whatever was not used for so long, and, where the rest is larger than its limit, what was not used
// for longest. Nothing that was used within the last day goes, whatever the limits say.
struct GcRequest {
  double older_than = 30.0 * 86400.0;        // seconds
  std::optional<std::uint64_t> cache_size;   // bytes; unset: no limit, 0: all goes that may
  std::optional<std::uint64_t> boots_size;   // likewise, of the job images
  bool dry_run = false;
};

struct GcCount {
  int number = 0;
  std::uint64_t bytes = 0;
};

struct GcKind {
  std::string kind;  // "kernels", "object trees", "modules", "sources", "images", "programs", "job images"
  GcCount freed, kept, in_use;  // in_use is part of kept: it could have gone but for those who need it
};

struct GcResult {
  std::vector<GcKind> kinds;
  std::vector<std::string> unknown;  // files that are not klab's; left alone
  std::vector<std::string> notes;
  bool broken_off = false;  // before everything had gone that was to go
  bool left_alone = false;  // the cache, because a kernel was being built
  bool failed = false;      // something could not be removed; a note says what
  bool whole() const { return !broken_off && !left_alone && !failed; }  // else more may go another time
};

// One thing that may go, with all that goes with it.
struct GcEntry {
  std::string kind;
  std::vector<std::filesystem::path> paths;
  double used = 0.0;  // when it last was
  std::uint64_t bytes = 0;
  bool needed = false;  // by something that is not over
};

// Which of the entries go; pure. `cache_size` holds for all but the job images.
std::vector<bool> choose_for_gc(const std::vector<GcEntry>& entries, const GcRequest& request, double now);

// Builds by the hash of their inputs, and slots, that something needs which is not over: experiments that have not
// ended, and of every place of a matrix the newest night, what it was compared with, and what a person accepted.
struct GcNeeds {
  std::set<std::string> kernels;
  std::set<std::int64_t> slots;
};
Result<GcNeeds> gc_needs(Database& database);

// Frees space in the cache and in state/boots. Results are never touched: samples, summaries, consoles, logs and
// configurations stay in the database whatever happens here, and so every comparison shows what it showed. The cache is
// changed under its lock, that is while nobody builds, whichever klabd he belongs to; where somebody does, it is left
// alone and a note says so. What goes is renamed first, so a klabd killed in between leaves nothing half.
class Gc {
 public:
  Gc(Lab& lab, Database& database) : lab_(lab), database_(database) {}
  // `go_on` is asked before each thing that goes; empty: always. What it refuses is left for the next time.
  boost::asio::awaitable<Result<GcResult>> collect(GcRequest request, std::function<bool()> go_on = {});
  // Once a day, where the configuration says so, and not while guests are measured here: where a measurement begins
  // meanwhile it breaks off. What it could not do whole, for that reason or another, it does again after a while.
  boost::asio::awaitable<Result<void>> run(std::function<bool()> busy, std::stop_token stop);
  GcRequest configured() const;

 private:
  boost::asio::awaitable<void> free_entries(std::vector<GcEntry> entries, GcRequest request, double now,
                                            std::filesystem::path discarded, const std::function<bool()>& go_on, GcResult& result);

  Lab& lab_;
  Database& database_;
  boost::asio::thread_pool disk_{1};
};

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/gc.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "build/cache_lock.hpp"
#include "pipeline/gc_entries.hpp"
#include "store/gc_store.hpp"
#include "util/file.hpp"
#include "util/offload.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

constexpr double day = 86400.0;
constexpr double pause = 600.0;        // after it was broken off, or a kernel was being built
constexpr double long_pause = 3600.0;  // after it failed: it may fail again, and looking at everything costs the disk time

// Renamed first: what is left when we are killed has a name that counts for nothing, and the next build sweeps it.
Result<void> remove(const GcEntry& entry, const fs::path& discarded) {
  static_assert(sizeof(pid_t) <= sizeof(long));
  if (auto made = make_directories(discarded); !made) return made;
  for (const auto& path : entry.paths) {
    std::error_code ec;
    if (!fs::exists(fs::symlink_status(path, ec))) continue;
    const auto doomed = discarded / fmt::format("gc-{}-{}", static_cast<long>(::getpid()), path.filename().string());
    fs::rename(path, doomed, ec);
    if (ec) return lab_error("cannot remove \"{}\": {}", path.string(), ec.message());
    ProcessSpec spec;
    spec.argv = {"sh", "-c", R"(rm -rf -- "$1" 2>/dev/null || { chmod -R u+rwX -- "$1"; exec rm -rf -- "$1"; })", "klab-gc", doomed.string()};
    auto removed = run_process_blocking(std::move(spec));
    if (!removed) return removed.error();
    if (!removed->ok()) return lab_error("cannot remove \"{}\": {}: {}", path.string(), removed->describe(), trim(removed->err));
  }
  return {};
}

GcKind& kind_of(GcResult& result, const std::string& kind) {
  for (auto& known : result.kinds)
    if (known.kind == kind) return known;
  return result.kinds.emplace_back(GcKind{kind, {}, {}, {}});
}

void count(GcCount& to, const GcEntry& entry) {
  ++to.number;
  to.bytes += entry.bytes;
}

struct Removal {
  bool gone = false;
  std::string note;
};

Removal remove_unused(const GcEntry& entry, double now, const fs::path& discarded, bool dry_run) {
  // Somebody may have come to use it while we looked at the others.
  if (gc_last_used(entry) > now - day) return {};
  if (dry_run) return {true, {}};
  auto removed = remove(entry, discarded);
  if (!removed) return {false, removed.error().message};
  return {true, {}};
}

}  // namespace

std::vector<bool> choose_for_gc(const std::vector<GcEntry>& entries, const GcRequest& request, double now) {
  std::vector<bool> goes(entries.size(), false);
  std::vector<std::size_t> by_age(entries.size());
  std::iota(by_age.begin(), by_age.end(), 0u);
  std::stable_sort(by_age.begin(), by_age.end(), [&](auto a, auto b) { return entries[a].used < entries[b].used; });
  const auto may_go = [&](const GcEntry& entry) { return !entry.needed && now - entry.used >= day; };
  for (std::size_t i = 0; i < entries.size(); ++i) goes[i] = may_go(entries[i]) && now - entries[i].used > request.older_than;
  for (const bool boots : {false, true}) {
    const auto limit = boots ? request.boots_size : request.cache_size;
    if (!limit) continue;
    std::uint64_t left = 0;
    for (std::size_t i = 0; i < entries.size(); ++i)
      if ((entries[i].kind == "job images") == boots && !goes[i]) left += entries[i].bytes;
    for (const auto i : by_age) {
      if (left <= *limit && *limit > 0) break;  // 0 bytes may still be files
      if ((entries[i].kind == "job images") != boots || goes[i] || !may_go(entries[i])) continue;
      goes[i] = true;
      left -= entries[i].bytes;
    }
  }
  return goes;
}

Result<GcNeeds> gc_needs(Database& database) {
  GcStore store(database);
  auto kernels = store.needed_builds();
  if (!kernels) return kernels.error();
  auto slots = store.needed_slots();
  if (!slots) return slots.error();
  return GcNeeds{std::move(*kernels), std::move(*slots)};
}

GcRequest Gc::configured() const {
  const auto& gc = lab_.config.gc;
  return {gc.keep_days * day, gc.cache_size, gc.boots_size, false};
}

// The lock is held by the caller. One at a time on the thread for the disk, so that it can be broken off.
asio::awaitable<void> Gc::free_entries(std::vector<GcEntry> entries, GcRequest request, double now, fs::path discarded,
                                       const std::function<bool()>& go_on, GcResult& result) {
  const auto goes = choose_for_gc(entries, request, now);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    bool gone = false;
    if (goes[i]) result.broken_off = result.broken_off || (go_on && !go_on());
    if (goes[i] && !result.broken_off) {
      auto work = [&entry, now, &discarded, dry_run = request.dry_run] { return remove_unused(entry, now, discarded, dry_run); };
      auto removal = co_await offload(disk_, std::move(work));
      gone = removal.gone;
      if (!removal.note.empty()) {
        result.failed = true;
        result.notes.push_back(std::move(removal.note));
      }
    }
    auto& kind = kind_of(result, entry.kind);
    count(gone ? kind.freed : kind.kept, entry);
    if (!gone && entry.needed && now - entry.used > request.older_than) count(kind.in_use, entry);
  }
}

asio::awaitable<Result<GcResult>> Gc::collect(GcRequest request, std::function<bool()> go_on) {
  auto lock = try_lock_cache(lab_.config.cache);
  if (!lock) co_return lock.error();
  auto needs = gc_needs(database_);
  if (!needs) co_return needs.error();
  const auto& cache = lab_.config.cache;
  const auto& state = lab_.config.state;
  const double now = lab_.now();
  GcResult result;
  if (lock->has_value()) {
    auto look = [&] { return gc_cache_entries(cache, *needs, result.unknown); };
    auto entries = co_await offload(disk_, std::move(look));
    co_await free_entries(std::move(entries), request, now, cache / "discarded", go_on, result);
  } else {
    result.left_alone = true;
    result.notes.push_back("the cache is left alone, because a kernel is being built; try again later");
  }
  auto look = [&] { return gc_boot_entries(state / "boots", *needs, result.unknown); };
  auto images = co_await offload(disk_, std::move(look));
  co_await free_entries(std::move(images), request, now, state / "run", go_on, result);
  GcCount freed;
  for (const auto& kind : result.kinds) freed.number += kind.freed.number, freed.bytes += kind.freed.bytes;
  if (!request.dry_run && (freed.number > 0 || result.whole()))
    spdlog::info("gc: freed {} in {} entries{}", human_bytes(freed.bytes), freed.number, result.broken_off ? "; broken off" : "");
  co_return result;
}

asio::awaitable<Result<void>> Gc::run(std::function<bool()> busy, std::stop_token stop) {
  const auto stamp = lab_.config.state / "gc.done";
  const std::function<bool()> go_on = [&busy, &stop] { return !stop.stop_requested() && !busy(); };
  double tried = 0.0, again = 0.0;
  std::vector<std::string> said;
  while (lab_.config.gc.daily && !stop.stop_requested()) {
    double last = 0.0;
    if (const auto text = read_file(stamp)) last = std::atof(text->c_str());
    const double now = lab_.now();
    const bool due = (now - last >= day || last > now) && (now >= again || tried > now);
    if (due && !busy()) {
      tried = now;
      auto done = co_await collect(configured(), go_on);
      again = now + (done && !done->failed ? pause : long_pause);
      if (!done) spdlog::warn("gc: {}", done.error().message);
      // What stands in the way for hours is said once.
      if (done && std::exchange(said, done->notes) != done->notes)
        for (const auto& note : done->notes) spdlog::warn("gc: {}", note);
      if (done && done->whole())
        if (auto written = write_file_atomic(stamp, fmt::format("{:.0f}\n", now)); !written) {
          spdlog::warn("gc: {}", written.error().message);
          again = now + long_pause;
        }
    }
    co_await lab_.bell.wait(lab_.bell.rings(), std::chrono::minutes(10), stop);
  }
  co_return Result<void>{};
}

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/nights.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "config/matrix_file.hpp"
#include "schedule/night_run.hpp"
#include "schedule/nightly_clock.hpp"
#include "util/offload.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

asio::awaitable<Result<void>> run_night(Lab& lab, Queue& queue, std::int64_t id, std::function<std::uint64_t()> seed, std::stop_token stop) {
  NightRun night(lab, queue, id, std::move(seed));
  co_return co_await night.run(stop);
}

}  // namespace

const Nights::File* Nights::read(const std::string& name) {
  const auto path = lab_.config.matrices_directory / (name + ".toml");
  std::error_code gone;
  const auto written = fs::last_write_time(path, gone);
  if (gone) return nullptr;
  const auto found = files_.find(name);
  // What was wrong may have been mended elsewhere: a kconfig that is there now.
  if (found != files_.end() && found->second.written == written && found->second.matrix) return &found->second;
  File file{written, 0.0, load_matrix(path, lab_.config)};
  file.seconds = std::chrono::duration<double>(std::chrono::file_clock::to_sys(written).time_since_epoch()).count();
  const bool said = found != files_.end() && !found->second.matrix && !file.matrix &&
                    found->second.matrix.error().message == file.matrix.error().message;
  if (!file.matrix && !said) spdlog::warn("{}", file.matrix.error().message);
  return &files_.insert_or_assign(name, std::move(file)).first->second;
}

Result<std::optional<std::int64_t>> Nights::under_way(const std::string& matrix) {
  auto unfinished = lab_.nights.unfinished();
  if (!unfinished) return unfinished.error();
  for (const auto id : *unfinished) {
    auto night = lab_.nights.night(id);
    if (!night) return night.error();
    if (night->matrix == matrix) return std::optional<std::int64_t>(id);
  }
  return std::optional<std::int64_t>();
}

Result<std::int64_t> Nights::begin(const Matrix& matrix, const std::string& person, bool by_hand, std::optional<double> deadline) {
  Night night;
  night.matrix = matrix.name;
  night.started = lab_.now();
  night.date = local_date(night.started);
  night.by_hand = by_hand;
  night.person = person;
  night.deadline = deadline;
  night.definition = matrix.definition;
  auto id = lab_.nights.begin(night, matrix.cells);
  if (!id) return id;
  spdlog::info("night {} of {}: begun by {}, {} cells", *id, matrix.name, person, matrix.cells.size());
  lab_.bell.ring();
  return id;
}

Result<void> Nights::begin_due() {
  const double now = lab_.now();
  for (const auto& name : matrix_names(lab_.config)) {
    const auto* file = read(name);
    if (!file || !file->matrix || !file->matrix->nightly) continue;
    auto last = lab_.nights.last_nightly(name);
    if (!last) return last.error();
    const auto due = due_start(*file->matrix->nightly, now, *last, file->seconds);
    if (!due) continue;
    auto busy = under_way(name);
    if (!busy) return busy.error();
    if (*busy) {
      if (std::exchange(held_up_[name], *due) != *due) spdlog::warn("matrix {}: its night cannot begin: night {} is still under way", name, **busy);
      continue;
    }
    // Without a budget it still makes room for the next night: a host in quarantine would hold up all of them.
    const auto& nightly = *file->matrix->nightly;
    const double deadline = nightly.budget ? *due + *nightly.budget : next_start(nightly, *due);
    if (auto begun = begin(*file->matrix, "klabd", false, deadline); !begun) return begun.error();
  }
  return {};
}

asio::awaitable<Result<std::int64_t>> Nights::start(std::string name, std::string person, std::optional<double> budget) {
  auto path = find_matrix(name, lab_.config);
  if (!path) co_return path.error();
  auto matrix = load_matrix(*path, lab_.config);
  if (!matrix) co_return matrix.error();
  auto check_it = [this, matrix = *matrix] { return check_matrix(matrix, lab_.config); };
  auto checked = co_await offload(lab_.workers, std::move(check_it));
  if (!checked) co_return checked.error();
  auto busy = under_way(name);
  if (!busy) co_return busy.error();
  if (*busy)
    co_return input_error("cannot run matrix \"{0}\": night {1} is still under way; klab matrix night {1} says how far it is", name, **busy);
  std::optional<double> deadline;
  if (budget) deadline = lab_.now() + *budget;
  co_return begin(*matrix, person, true, deadline);
}

Result<void> Nights::take_up() {
  auto unfinished = lab_.nights.unfinished();
  if (!unfinished) return unfinished.error();
  for (const auto id : *unfinished) {
    if (!runs_.insert(id).second) continue;
    auto work = run_night(lab_, queue_, id, seed_, stop_.get_token());
    asio::co_spawn(executor_, std::move(work), [this, id](std::exception_ptr thrown, Result<void> result) {
      runs_.erase(id);
      if (thrown && !thrown_) thrown_ = thrown;
      if (!thrown && !result && !failure_) failure_ = result.error();
      lab_.bell.ring();
    });
  }
  return {};
}

double Nights::seconds_to_next() const {
  double seconds = 60.0;
  for (const auto& [name, file] : files_)
    if (file.matrix && file.matrix->nightly) seconds = std::min(seconds, next_start(*file.matrix->nightly, lab_.now()) - lab_.now());
  return std::max(seconds, 0.0);
}

asio::awaitable<Result<void>> Nights::run(std::stop_token stop) {
  auto settled = lab_.nights.settle_command_lines(std::string(trim(lab_.config.defaults.command_line)));
  if (!settled) failure_ = settled.error();
  while (!stop.stop_requested() && !failure_ && !thrown_) {
    const auto heard = lab_.bell.rings();
    auto looked = begin_due();
    if (looked) looked = take_up();
    if (!looked) failure_ = looked.error();
    // Files are looked at every minute, and the clock on the wall may be set.
    const auto limit = std::chrono::milliseconds(static_cast<long>(seconds_to_next() * 1000.0) + 1);
    if (!failure_) co_await lab_.bell.wait(heard, limit, stop);
  }
  stop_.request_stop();
  while (!runs_.empty()) co_await lab_.bell.wait(lab_.bell.rings(), std::chrono::seconds(60), {});
  if (thrown_) std::rethrow_exception(thrown_);
  if (failure_) co_return *failure_;
  co_return Result<void>{};
}

}  // namespace klab

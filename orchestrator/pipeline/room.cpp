// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/room.hpp"

#include <spdlog/spdlog.h>

#include "util/text.hpp"

namespace klab {

boost::asio::awaitable<bool> wait_for_room(Lab& lab, ProgressBoard& board, std::int64_t experiment, std::filesystem::path path,
                                           std::uint64_t bytes, std::stop_token stop) {
  bool said = false;
  ++lab.room.waiting;
  auto free = lab.room.free(path);
  for (; free < bytes && !stop.stop_requested(); free = lab.room.free(path)) {
    Progress progress = board.get(experiment);
    const auto step = fmt::format("waiting for room on the disk of \"{}\": {} free, {} needed", path.string(), human_bytes(free), human_bytes(bytes));
    if (!std::exchange(said, true)) spdlog::error("experiment {}: {}; klab gc frees some", experiment, step);
    if (progress.step != step) {
      progress.step = step;
      progress.detail.clear();
      progress.waiting = true;
      progress.started = lab.now();
      board.set(experiment, progress);
    }
    const auto heard = lab.bell.rings();
    co_await lab.bell.wait(heard, lab.room.look, stop);
  }
  --lab.room.waiting;
  if (said && free >= bytes) spdlog::info("experiment {}: there is room again on the disk of \"{}\"", experiment, path.string());
  co_return free >= bytes;
}

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/trend_watch.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "schedule/change_analysis.hpp"
#include "pipeline/night_points.hpp"

namespace klab {
namespace asio = boost::asio;

asio::awaitable<Result<void>> TrendWatch::look(std::stop_token stop) {
  if (auto looked = co_await aftermath_.look(stop); !looked) co_return looked;
  auto cells = lab_.trends.without_points();
  if (!cells) co_return cells.error();
  for (const auto id : *cells) {
    if (stop.stop_requested()) co_return Result<void>{};
    auto cell = lab_.nights.night_cell(id);
    if (!cell) co_return cell.error();
    auto points = night_points(lab_, *cell);
    if (!points) co_return points.error();
    if (auto stored = lab_.trends.set_points(id, *points); !stored) co_return stored;
    // After an update there may be thousands; everybody else has his turn between two.
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
  auto nights = lab_.trends.unanalysed();
  if (!nights) co_return nights.error();
  for (const auto night : *nights) {
    if (stop.stop_requested()) co_return Result<void>{};
    auto analysed = co_await analyse_night(lab_, queue_.leases(), night, stop);
    if (!analysed) co_return analysed;
    lab_.bell.ring();
  }
  co_return co_await investigations_.advance(stop);
}

asio::awaitable<Result<void>> TrendWatch::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto heard = lab_.bell.rings();
    auto looked = co_await look(stop);
    if (!looked && looked.error().kind != ErrorKind::stopped) co_return looked;
    // Whoever rang while we looked, ourselves too, makes this return at once.
    co_await lab_.bell.wait(heard, std::chrono::minutes(10), stop);
  }
  co_return Result<void>{};
}

}  // namespace klab

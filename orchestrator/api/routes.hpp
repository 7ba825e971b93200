// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/host_routes.hpp"
#include "api/http.hpp"
#include "api/upkeep_routes.hpp"
#include "api/pages/pages.hpp"
#include "api/matrix_routes.hpp"
#include "api/trend_routes.hpp"
#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"
#include "schedule/queue.hpp"

namespace klab {

// What the daemon answers, without sockets. Reactor thread.
class Routes {
 public:
  // Without `nights` no night can be begun.
  Routes(Lab& lab, ProgressBoard& board, Queue& queue, Nights* nights = nullptr, Upkeep upkeep = {})
      : lab_(lab),
        board_(board),
        queue_(queue),
        hosts_(lab, board, queue),
        matrices_(lab, nights),
        upkeep_(lab, queue, upkeep),
        pages_(lab, board, queue),
        trends_(lab) {}

  // Total: every request gets a response. Writes need peer.may_write; over TCP there are pages only.
  boost::asio::awaitable<ApiResponse> answer(ApiRequest request);

 private:
  boost::asio::awaitable<ApiResponse> submit(ApiRequest request);
  boost::asio::awaitable<ApiResponse> progress(std::int64_t experiment, std::uint64_t seen);
  boost::asio::awaitable<ApiResponse> report(std::int64_t experiment, std::string format);
  ApiResponse list(const ApiRequest& request);
  ApiResponse experiment(std::int64_t id);
  ApiResponse cancel(std::int64_t id);
  ApiResponse boot(std::int64_t id, const std::string& part);
  ApiResponse build_log(std::int64_t id);

  Lab& lab_;
  ProgressBoard& board_;
  Queue& queue_;
  HostRoutes hosts_;
  MatrixRoutes matrices_;
  UpkeepRoutes upkeep_;
  Pages pages_;
  TrendRoutes trends_;
};

}  // namespace klab

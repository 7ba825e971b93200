// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/http.hpp"
#include "pipeline/gc.hpp"
#include "schedule/notifier.hpp"
#include "schedule/queue.hpp"

namespace klab {

// What keeps the lab going besides its experiments. Without one of them its routes answer 404.
struct Upkeep {
  Database* database = nullptr;
  Notifier* notifier = nullptr;
  Gc* gc = nullptr;
};

// /metrics, and under /api: notifications, notifications/N/retry, gc. Reactor thread.
class UpkeepRoutes {
 public:
  UpkeepRoutes(Lab& lab, Queue& queue, Upkeep upkeep) : lab_(lab), queue_(queue), upkeep_(upkeep), started_(lab.now()) {}

  ApiResponse metrics();
  boost::asio::awaitable<ApiResponse> answer(ApiRequest request);  // of /api/notifications and /api/gc

 private:
  ApiResponse notifications(const ApiRequest& request);
  boost::asio::awaitable<ApiResponse> gc(ApiRequest request);

  Lab& lab_;
  Queue& queue_;
  Upkeep upkeep_;
  double started_;
};

}  // namespace klab

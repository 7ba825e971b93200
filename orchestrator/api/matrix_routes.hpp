// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/http.hpp"
#include "schedule/nights.hpp"

namespace klab {

// /api/matrices, /api/nights and below: what Routes does not answer itself. Reactor thread.
class MatrixRoutes {
 public:
  // `nights` may be null: then no night can be begun.
  MatrixRoutes(Lab& lab, Nights* nights) : lab_(lab), nights_(nights) {}

  // `request.path` begins with "api", "matrices" or "nights". Writes need peer.may_write.
  boost::asio::awaitable<ApiResponse> answer(ApiRequest request);

 private:
  ApiResponse list();
  boost::asio::awaitable<ApiResponse> show(std::string name);
  ApiResponse night(const std::string& id);
  boost::asio::awaitable<ApiResponse> run(std::string name, ApiRequest request);
  ApiResponse accept(const std::string& name, const ApiRequest& request);

  Lab& lab_;
  Nights* nights_;
};

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "api/http.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// /api/trends, /api/investigations and below: what Routes does not answer itself. Reads only. Reactor thread.
class TrendRoutes {
 public:
  explicit TrendRoutes(Lab& lab) : lab_(lab) {}

  // `request.path` begins with "api", "trends" or "investigations".
  ApiResponse answer(const ApiRequest& request);

 private:
  ApiResponse matrix(const std::string& name);
  ApiResponse cell(std::int64_t id, const ApiRequest& request);
  ApiResponse investigations(const ApiRequest& request);
  ApiResponse investigation(std::int64_t id);

  Lab& lab_;
};

}  // namespace klab

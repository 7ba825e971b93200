// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json.hpp>

#include "api/http.hpp"
#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"
#include "schedule/queue.hpp"

namespace klab {

// /api/hosts and below: what Routes does not answer itself. Reactor thread.
class HostRoutes {
 public:
  HostRoutes(Lab& lab, ProgressBoard& board, Queue& queue) : lab_(lab), board_(board), queue_(queue) {}

  // `request.path` begins with "api", "hosts". Writes need peer.may_write.
  boost::asio::awaitable<ApiResponse> answer(ApiRequest request);

 private:
  Result<const HostSpec*> find(const std::string& name) const;
  ApiResponse list();
  ApiResponse view(const HostSpec& host, const std::string& part);
  boost::asio::awaitable<ApiResponse> write(const HostSpec& host, ApiRequest request);
  boost::asio::awaitable<ApiResponse> probe(const HostSpec& host);
  boost::asio::awaitable<ApiResponse> run_aa(const HostSpec& host, std::string submitter);
  ApiResponse reserve(const HostSpec& host, const ApiRequest& request);
  ApiResponse quarantine(const HostSpec& host, const ApiRequest& request);
  ApiResponse release(const HostSpec& host, const ApiRequest& request);
  ApiResponse changed(const HostSpec& host, boost::json::object more);

  Lab& lab_;
  ProgressBoard& board_;
  Queue& queue_;
};

}  // namespace klab

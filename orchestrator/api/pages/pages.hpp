// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "api/http.hpp"
#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"
#include "report/page/document.hpp"
#include "schedule/queue.hpp"

namespace klab {

// What people read: every GET outside /api. Pages are made of what is stored, at the moment they are asked for, and
// never change anything. Reactor thread; what it borrows outlives it.
class Pages {
 public:
  Pages(Lab& lab, ProgressBoard& board, Queue& queue) : lab_(lab), board_(board), queue_(queue) {}

  // Total: what is not there is a page that says so, with 404. "?copy=1" gives the page as `klab export` keeps it.
  ApiResponse answer(const ApiRequest& request);

 private:
  using Page = Result<page::Document>;
  Result<ApiResponse> find(const ApiRequest& request);
  ApiResponse shown(const page::Document& document, const ApiRequest& request, int status = 200);

  Page now();
  Page experiments(const ApiRequest& request);
  Page experiment(std::int64_t id);
  Page row(std::int64_t id, const ApiRequest& request);
  Page boot(std::int64_t id);
  Page build(std::int64_t id);
  Page hosts();
  Page host(const std::string& name);
  Page workloads();
  Page workload(const std::string& name);
  Result<ApiResponse> search(const ApiRequest& request);
  Page compare(const ApiRequest& request);
  Page compare_experiments(std::int64_t a, std::int64_t b);
  Page compare_nights(std::int64_t a, std::int64_t b);
  Page matrices();
  Page matrix(const std::string& name);
  Page night(std::int64_t id);
  Page cell(std::int64_t id);
  Page trend(std::int64_t id, const ApiRequest& request);
  Page investigations();
  Page investigation(std::int64_t id);

  Result<ApiResponse> part_of_experiment(std::int64_t id, const std::string& part, const ApiRequest& request);
  Result<ApiResponse> part_of_boot(std::int64_t id, const std::string& part);
  Result<ApiResponse> part_of_build(std::int64_t id, const std::string& part);
  Result<std::string> state_of_now(const std::vector<ExperimentLine>& unfinished);
  Result<ApiResponse> news();
  Result<ApiResponse> news_of(std::int64_t id);

  Lab& lab_;
  ProgressBoard& board_;
  Queue& queue_;
};

}  // namespace klab

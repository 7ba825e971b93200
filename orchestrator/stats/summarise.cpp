// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/summarise.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>

namespace klab {

double median(std::vector<double> values) {
  const std::size_t middle = values.size() / 2;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(middle);
  std::nth_element(values.begin(), at, values.end());
  if (values.size() % 2 == 1) return *at;
  const double below = *std::max_element(values.begin(), at);
  return below + (*at - below) / 2.0;
}

std::vector<Summary> summarise(const std::vector<Sample>& samples) {
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> place;
  std::vector<Summary> summaries;
  std::vector<std::vector<double>> passes;
  for (const Sample& sample : samples) {
    if (sample.warmup || !std::isfinite(sample.value)) continue;
    const auto [found, is_new] =
        place.try_emplace({sample.workload, sample.case_name, sample.metric}, summaries.size());
    if (is_new) {
      summaries.push_back({sample.workload, sample.case_name, sample.metric});
      passes.emplace_back();
    }
    passes[found->second].push_back(sample.value);
  }
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    summaries[i].passes = static_cast<int>(passes[i].size());
    summaries[i].value = median(std::move(passes[i]));
  }
  return summaries;
}

}  // namespace klab

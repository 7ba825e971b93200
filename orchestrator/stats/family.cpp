// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/family.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace klab {
namespace {

// Statistics closer than this are tied: more than rounding, far less than any difference in data.
constexpr double kTie = 1e-11;

// |pooled t| of one row under any labelling, mapped to u = t^2 / (t^2 + N - 2) with N the boots of the
// set. The map is monotone, so p-values are those of t; u lies in [0, 1], infinity included, and its
// rounding error is the same everywhere, which that of t is not. For a complete row u is R^2, the
// share of the sum of squares that lies between the arms.
class RowStatistic {
 public:
  RowStatistic(const FamilyRow& row, const LabellingSet& set)
      : scaled_(row.size(), 0.0), has_(row.size(), 0) {
    boots_ = 0;
    const auto first = std::find_if(row.begin(), row.end(), [](double value) { return !std::isnan(value); });
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (std::isnan(row[i])) continue;
      has_[i] = 1;
      ++boots_;
      scaled_[i] = row[i] - *first;
    }
    complete_ = boots_ == set.boots();
    weigh(set);
    centre();
  }

  double observed(const LabellingSet& set) const {
    std::vector<std::uint16_t> patched(static_cast<std::size_t>(set.patched()));
    std::iota(patched.begin(), patched.end(), static_cast<std::uint16_t>(set.boots() - set.patched()));
    return at(patched);
  }

  double at(std::span<const std::uint16_t> patched) const {
    double sum = 0.0;
    for (const std::uint16_t boot : patched) sum += scaled_[boot];
    if (complete_) return std::min(1.0, sum * sum * weight_[patched.size()]);
    std::size_t count = 0;
    for (const std::uint16_t boot : patched) count += has_[boot];
    const double between = std::min(1.0, sum * sum * weight_[count]);
    // From boots_ - 2 degrees of freedom to those of the set.
    const double t_square = between * (boots_ - 2);
    return between == 0.0 ? 0.0 : t_square / (t_square + (1.0 - between) * (set_boots_ - 2));
  }

 private:
  // weight_[m] = 1/n + 1/m for every way in which the row's boots may be divided.
  void weigh(const LabellingSet& set) {
    set_boots_ = set.boots();
    weight_.assign(static_cast<std::size_t>(set.boots()) + 1, 0.0);
    for (int m = kLeastBoots; m <= boots_ - kLeastBoots; ++m) {
      weight_[static_cast<std::size_t>(m)] = 1.0 / m + 1.0 / (boots_ - m);
    }
  }

  // Scales the values to a mean of 0 and a sum of squares of 1; a constant row stays all 0.
  void centre() {
    const double largest = std::abs(*std::max_element(
        scaled_.begin(), scaled_.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
    if (largest == 0.0) return;
    double mean = 0.0;
    for (double& value : scaled_) mean += value /= largest;
    mean /= boots_;
    double squares = 0.0;
    for (std::size_t i = 0; i < scaled_.size(); ++i) {
      if (has_[i] == 0) continue;
      scaled_[i] -= mean;
      squares += scaled_[i] * scaled_[i];
    }
    const double length = std::sqrt(squares);
    for (double& value : scaled_) value /= length;
  }

  std::vector<double> scaled_;  // 0 where the boot lacks the row
  std::vector<unsigned char> has_;
  std::vector<double> weight_;
  int boots_ = 0;
  int set_boots_ = 0;
  bool complete_ = true;
};

std::optional<double> least_significant(std::vector<double> maxima, const LabellingSet& set) {
  const std::optional<std::size_t> most = set.count_within(0.05);
  if (!most || *most == 0 || *most >= maxima.size()) return std::nullopt;
  std::partial_sort(maxima.begin(), maxima.begin() + static_cast<std::ptrdiff_t>(*most) + 1, maxima.end(),
                    std::greater<>());
  for (std::size_t i = *most; i >= 1; --i) {
    const double u = maxima[i - 1];
    if (u <= maxima[i] + kTie) continue;
    if (u >= 1.0 - kTie) return std::nullopt;
    return std::sqrt((set.boots() - 2) * u / (1.0 - u));
  }
  return std::nullopt;
}

}  // namespace

FamilyTest family_test(const std::vector<FamilyRow>& rows, const LabellingSet& set) {
  FamilyTest test;
  test.p.assign(rows.size(), 1.0);
  std::vector<RowStatistic> statistics;
  std::vector<double> observed;
  statistics.reserve(rows.size());
  for (const FamilyRow& row : rows) {
    statistics.emplace_back(row, set);
    observed.push_back(statistics.back().observed(set));
  }
  std::vector<std::size_t> ascending(rows.size());
  std::iota(ascending.begin(), ascending.end(), std::size_t{0});
  std::stable_sort(ascending.begin(), ascending.end(),
                   [&](std::size_t a, std::size_t b) { return observed[a] < observed[b]; });

  // From the smallest statistic up, `maxima` is the largest among the rows not yet stepped down past.
  std::vector<double> maxima(set.size(), 0.0);
  for (const std::size_t row : ascending) {
    const double least = observed[row] - kTie;
    std::size_t count = 0;
    for (std::size_t i = 0; i < set.size(); ++i) {
      maxima[i] = std::max(maxima[i], statistics[row].at(set.patched_boots(i)));
      count += maxima[i] >= least ? 1 : 0;
    }
    test.p[row] = set.p_value(count);
  }
  double largest = 0.0;
  for (std::size_t i = ascending.size(); i-- > 0;) {
    largest = std::max(largest, test.p[ascending[i]]);
    test.p[ascending[i]] = largest;
  }
  test.least_significant_t = least_significant(std::move(maxima), set);
  return test;
}

}  // namespace klab

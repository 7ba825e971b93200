// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/change_points.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "util/random.hpp"

namespace klab {
namespace {

// One stretch between change points: its values as ranks into the sorted distinct ones, so that sums of distances
// to all values before take O(log n) by Fenwick trees of counts and sums.
class Stretch {
 public:
  Stretch(std::size_t first, std::span<const double> values) : first_(first) {
    sorted_.assign(values.begin(), values.end());
    std::sort(sorted_.begin(), sorted_.end());
    sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
    order_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      order_[i] = static_cast<std::uint32_t>(std::lower_bound(sorted_.begin(), sorted_.end(), values[i]) - sorted_.begin());
    // From each distinct value to all values of the stretch: no permutation changes it.
    distances_.assign(sorted_.size(), 0.0);
    for (std::size_t i = 0; i < sorted_.size(); ++i)
      for (const auto rank : order_) distances_[i] += std::abs(sorted_[i] - sorted_[rank]);
    total_ = 0.0;
    for (const auto rank : order_) total_ += distances_[rank];
    total_ /= 2.0;
    counts_.resize(sorted_.size() + 1);
    sums_.resize(sorted_.size() + 1);
  }

  std::size_t first() const { return first_; }
  std::size_t size() const { return order_.size(); }
  void shuffle(Random& random) { random.shuffle(order_); }

  std::optional<Split> best(std::size_t least) {
    const std::size_t n = order_.size();
    if (n < 2 * least) return std::nullopt;
    std::fill(counts_.begin(), counts_.end(), 0);
    std::fill(sums_.begin(), sums_.end(), 0.0);
    double left = 0.0, right = total_;  // sums of distances within the parts
    double all = 0.0;                   // sum of the values on the left
    std::optional<Split> best;
    for (std::size_t i = 0; i + least < n; ++i) {
      const auto rank = order_[i];
      const double to_left = distance_to_left(rank, i, all);
      left += to_left;
      right -= distances_[rank] - to_left;
      add(rank);
      all += sorted_[rank];
      const std::size_t a = i + 1;
      if (a < least) continue;
      const double statistic = energy(left, right, static_cast<double>(a), static_cast<double>(n - a));
      if (!best || statistic > best->statistic) best = Split{first_ + a, statistic};
    }
    return best;
  }

 private:
  double energy(double left, double right, double a, double b) const {
    const double across = total_ - left - right;
    const double between = 2.0 * across / (a * b);
    return a * b / (a + b) * (between - 2.0 * left / (a * (a - 1.0)) - 2.0 * right / (b * (b - 1.0)));
  }
  // Sum of |value - x| over the `count` values there are, whose sum is `all`.
  double distance_to_left(std::uint32_t rank, std::size_t count, double all) const {
    std::int32_t below = 0;
    double sum = 0.0;
    for (std::uint32_t i = rank + 1; i > 0; i &= i - 1) below += counts_[i], sum += sums_[i];
    const double value = sorted_[rank];
    const auto above = static_cast<double>(static_cast<std::int64_t>(count) - below);
    return value * below - sum + (all - sum) - value * above;
  }
  void add(std::uint32_t rank) {
    for (std::uint32_t i = rank + 1; i < counts_.size(); i += i & (~i + 1)) counts_[i] += 1, sums_[i] += sorted_[rank];
  }

  std::size_t first_;
  std::vector<double> sorted_;
  std::vector<std::uint32_t> order_;
  std::vector<double> distances_;
  double total_ = 0.0;
  std::vector<std::int32_t> counts_;
  std::vector<double> sums_;
};

std::optional<Split> largest(std::vector<Stretch>& stretches, std::size_t least) {
  std::optional<Split> found;
  for (auto& stretch : stretches) {
    const auto split = stretch.best(least);
    if (split && (!found || split->statistic > found->statistic)) found = split;
  }
  return found;
}

// Values are shuffled within the stretches that have been found; the largest split of all of them is compared.
// Ends as soon as p cannot be small enough any more.
double permutation_p(std::vector<Stretch> stretches, double observed, const ChangePointOptions& options, std::size_t least,
                     Random& random) {
  const int most = static_cast<int>(std::floor(options.p * (options.permutations + 1) + 1e-9)) - 1;
  const double limit = observed - 1e-9 * std::abs(observed);
  int as_large = 0;
  int made = 0;
  while (made < options.permutations && as_large <= most) {
    for (auto& stretch : stretches) stretch.shuffle(random);
    const auto split = largest(stretches, least);
    if (split && split->statistic >= limit) ++as_large;
    ++made;
  }
  return static_cast<double>(as_large + 1) / static_cast<double>(made + 1);
}

// Hodges-Lehmann shift of the right part against the left.
double shift_between(std::span<const double> left, std::span<const double> right) {
  std::vector<double> differences;
  differences.reserve(left.size() * right.size());
  for (const double y : right)
    for (const double x : left) differences.push_back(y - x);
  const auto middle = differences.begin() + static_cast<std::ptrdiff_t>(differences.size() / 2);
  std::nth_element(differences.begin(), middle, differences.end());
  if (differences.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(differences.begin(), middle)) / 2.0;
}

struct Cut {
  std::size_t index = 0;
  double p = 1.0;
  double shift = 0.0;
};

void measure(std::vector<Cut>& cuts, std::span<const double> values) {
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const std::size_t before = i == 0 ? 0 : cuts[i - 1].index;
    const std::size_t after = i + 1 < cuts.size() ? cuts[i + 1].index : values.size();
    cuts[i].shift = shift_between(values.subspan(before, cuts[i].index - before), values.subspan(cuts[i].index, after - cuts[i].index));
  }
}

}  // namespace

std::optional<Split> best_split(std::span<const double> values, std::size_t least_segment) {
  return Stretch(0, values).best(std::max<std::size_t>(least_segment, 2));
}

std::vector<FoundChange> change_points(std::span<const double> given, const ChangePointOptions& options) {
  std::vector<double> values;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!std::isfinite(given[i]) || (options.is_ratio && given[i] <= 0.0)) continue;
    values.push_back(options.is_ratio ? std::log(given[i]) : given[i]);
    places.push_back(i);
  }
  // About the median: sums of distances lose no digits to a common offset.
  if (!values.empty()) {
    auto sorted = values;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
    const double centre = sorted[sorted.size() / 2];
    for (double& value : values) value -= centre;
  }
  const std::span<const double> all(values);
  const std::size_t least = std::max<std::size_t>(options.least_segment, 2);
  Random random(options.seed);
  std::vector<Cut> cuts;
  std::vector<Stretch> stretches;
  stretches.emplace_back(0, all);
  for (;;) {
    const auto split = largest(stretches, least);
    if (!split || !(split->statistic > 0.0)) break;
    const double p = permutation_p(stretches, split->statistic, options, least, random);
    if (p > options.p) break;
    const auto place = std::find_if(stretches.begin(), stretches.end(), [&](const Stretch& s) {
      return s.first() < split->index && split->index < s.first() + s.size();
    });
    const std::size_t first = place->first(), end = first + place->size();
    *place = Stretch(first, all.subspan(first, split->index - first));
    stretches.emplace_back(split->index, all.subspan(split->index, end - split->index));
    cuts.push_back({split->index, p, 0.0});
  }
  std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.index < b.index; });
  // Steps too small to matter are taken out, the smallest first, and their stretches are one again.
  const auto size_of = [&](const Cut& cut) { return std::abs(options.is_ratio ? std::expm1(cut.shift) : cut.shift); };
  for (;;) {
    measure(cuts, all);
    const auto smallest = std::min_element(cuts.begin(), cuts.end(), [&](const Cut& a, const Cut& b) { return size_of(a) < size_of(b); });
    if (smallest == cuts.end() || size_of(*smallest) >= options.least) break;
    cuts.erase(smallest);
  }
  std::vector<FoundChange> found;
  for (const auto& cut : cuts) found.push_back({places[cut.index], cut.p, options.is_ratio ? std::expm1(cut.shift) : cut.shift});
  return found;
}

}  // namespace klab

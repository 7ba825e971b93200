// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/change_points.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "util/random.hpp"

using namespace klab;

namespace {

// Roughly normal, sd 1: the sum of twelve uniform values.
double normal(Random& random) {
  double sum = -6.0;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random.below(1u << 30)) / (1u << 30);
  return sum;
}

std::vector<double> nights(Random& random, std::size_t count, double sd, const std::vector<std::pair<std::size_t, double>>& steps = {}) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    double level = 1.0;
    for (const auto& [at, ratio] : steps)
      if (i >= at) level *= ratio;
    values.push_back(level * std::exp(sd * normal(random)));
  }
  return values;
}

// The formula as the paper has it, pair by pair.
double by_definition(const std::vector<double>& x, std::size_t split) {
  const auto mean = [&](std::size_t a, std::size_t b, std::size_t c, std::size_t d, bool within) {
    double sum = 0.0;
    int pairs = 0;
    for (std::size_t i = a; i < b; ++i)
      for (std::size_t j = within ? i + 1 : c; j < d; ++j) sum += std::abs(x[i] - x[j]), ++pairs;
    return sum / pairs;
  };
  const double n = static_cast<double>(split), m = static_cast<double>(x.size() - split);
  const double e = 2.0 * mean(0, split, split, x.size(), false) - mean(0, split, 0, split, true) -
                   mean(split, x.size(), split, x.size(), true);
  return n * m / (n + m) * e;
}

std::vector<std::size_t> places(const std::vector<FoundChange>& found) {
  std::vector<std::size_t> out;
  for (const auto& change : found) out.push_back(change.index);
  return out;
}

}  // namespace

TEST_CASE("change points: the fast statistic is the one of the definition") {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> x;
    const std::size_t n = 4 + random.below(30);
    // Few distinct values: ties too.
    for (std::size_t i = 0; i < n; ++i) x.push_back(round % 2 ? normal(random) : static_cast<double>(random.below(4)));
    const std::size_t least = 2 + random.below(2);
    const auto found = best_split(x, least);
    double best = -1e300;
    for (std::size_t split = least; split + least <= n; ++split) best = std::max(best, by_definition(x, split));
    if (n < 2 * least) {
      CHECK_FALSE(found);
      continue;
    }
    REQUIRE(found);
    CHECK(found->statistic == Approx(best).margin(1e-12));
    CHECK(by_definition(x, found->index) == Approx(best).margin(1e-12));
  }
}

TEST_CASE("change points: two levels by hand") {
  // 0 0 0 | 1 1 1: distance between is 1, within 0; 3*3/6 * 2 = 3.
  const std::vector<double> x{0, 0, 0, 1, 1, 1};
  const auto split = best_split(x, 2);
  REQUIRE(split);
  CHECK(split->index == 3);
  CHECK(split->statistic == Approx(3.0));
}

TEST_CASE("change points: planted steps are found where they are, with their size") {
  int exact = 0, near = 0, found_5 = 0, found_17 = 0;
  constexpr int rounds = 40;
  for (int round = 0; round < rounds; ++round) {
    Random random(100 + static_cast<std::uint64_t>(round));
    const auto found = change_points(nights(random, 90, 0.015, {{30, 1.05}, {60, 0.83}}), {});
    for (const auto& change : found) {
      if (change.index >= 28 && change.index <= 32 && change.magnitude > 0.03 && change.magnitude < 0.07) ++found_5;
      if (change.index == 60 && std::abs(change.magnitude + 0.17) < 0.02) ++found_17;
    }
    exact += places(found) == std::vector<std::size_t>{30, 60} ? 1 : 0;
    near += found.size() == 2 ? 1 : 0;
  }
  CHECK(found_17 == rounds);
  CHECK(found_5 >= rounds - 1);
  CHECK(near >= rounds - 2);
  CHECK(exact >= rounds / 2);
}

TEST_CASE("change points: noise alone is hardly ever taken for one") {
  // At p <= 0.001 one in a thousand sequences has one. Of 600: more than 4 in one of 2,600 such tests.
  int alarms = 0;
  for (int round = 0; round < 600; ++round) {
    Random random(7000 + static_cast<std::uint64_t>(round));
    ChangePointOptions options;
    options.least = 0.0;
    options.seed = static_cast<std::uint64_t>(round) + 1;
    alarms += change_points(nights(random, 60, 0.02), options).empty() ? 0 : 1;
  }
  CHECK(alarms <= 4);
}

TEST_CASE("change points: an outlier is no step, and two neighbours are none either") {
  Random random(3);
  auto values = nights(random, 60, 0.01);
  values[20] *= 1.5;
  values[40] *= 0.5;
  values[41] *= 0.5;
  CHECK(change_points(values, {}).empty());
}

TEST_CASE("change points: small steps are not reported, nor do they cut what is") {
  Random random(11);
  ChangePointOptions options;
  const auto values = nights(random, 90, 0.002, {{30, 1.01}, {60, 1.10}});
  CHECK(places(change_points(values, options)) == std::vector<std::size_t>{60});
  options.least = 0.005;
  CHECK(places(change_points(values, options)) == std::vector<std::size_t>{30, 60});
  options.least = 0.2;
  CHECK(change_points(values, options).empty());
}

TEST_CASE("change points: few nights, equal values, and values that are none") {
  CHECK(change_points({}, {}).empty());
  const std::vector<double> one{1.0};
  CHECK(change_points(one, {}).empty());
  CHECK(change_points(std::vector<double>(50, 1.0), {}).empty());
  // Six against six: 2 of 924 orders are as extreme, which is more than one in a thousand.
  std::vector<double> short_step(6, 1.0);
  short_step.insert(short_step.end(), 6, 1.5);
  CHECK(change_points(short_step, {}).empty());
  short_step.insert(short_step.end(), 2, 1.5);
  short_step.insert(short_step.begin(), 1, 1.0);
  const auto step = change_points(short_step, {});
  REQUIRE(step.size() == 1);
  CHECK(step[0].index == 7);
  CHECK(step[0].magnitude == Approx(0.5));
  CHECK(step[0].p <= 0.001);
  // What is no number is left out, and places stay those of the caller.
  auto with_gaps = short_step;
  with_gaps.insert(with_gaps.begin() + 3, std::numeric_limits<double>::quiet_NaN());
  with_gaps.insert(with_gaps.begin() + 3, 0.0);
  with_gaps.push_back(std::numeric_limits<double>::infinity());
  const auto again = change_points(with_gaps, {});
  REQUIRE(again.size() == 1);
  CHECK(again[0].index == 9);
  CHECK(std::isfinite(again[0].magnitude));
}

TEST_CASE("change points: rows with zeros are compared by differences") {
  std::vector<double> values(10, 0.0);
  values.insert(values.end(), 10, 3.0);
  ChangePointOptions options;
  options.is_ratio = false;
  options.least = 1.0;
  const auto found = change_points(values, options);
  REQUIRE(found.size() == 1);
  CHECK(found[0].index == 10);
  CHECK(found[0].magnitude == 3.0);
  options.least = 3.5;
  CHECK(change_points(values, options).empty());
}

TEST_CASE("change points: the same seed gives the same p") {
  Random random(21);
  const auto values = nights(random, 40, 0.02, {{20, 1.06}});
  ChangePointOptions options;
  options.permutations = 999;
  const auto a = change_points(values, options), b = change_points(values, options);
  REQUIRE(a.size() == 1);
  REQUIRE(b.size() == 1);
  CHECK(a[0].p == b[0].p);
  CHECK(a[0].p == 0.001);  // none of 999 was as large
}

TEST_CASE("change points: a year of nights takes well under a second", "[time]") {
  Random random(2);
  const auto values = nights(random, 365, 0.02, {{120, 1.05}, {240, 0.9}});
  const auto begun = std::chrono::steady_clock::now();
  CHECK(change_points(values, {}).size() == 2);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  INFO(took.count() << " s");
  CHECK(took.count() < 5.0);  // about 0.5 s alone on one CPU; the machine may be shared
}

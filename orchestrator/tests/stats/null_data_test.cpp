// SPDX-License-Identifier: GPL-3.0-or-later
// What a p-value promises: on data without a difference, p <= 0.05 in at most 5 % of experiments,
// also when the host drifts, boots fail and values are missing. Seeded; the margins are four standard
// errors of the simulation.
#include <algorithm>
#include <cmath>

#include "contrast_data.hpp"
#include "stats/compare.hpp"

using namespace klab;
using namespace klab::stats_test;

namespace {

struct Null {
  int experiments = 1500;
  int rows = 1;
  double drift = 0.0;      // over the whole experiment, in standard deviations of a boot
  bool one_fails = false;  // the boot of one random slot, whichever arm it belongs to
  bool some_missing = false;
};

struct Rates {
  double row = 0.0;     // p of the first row <= 0.05
  double family = 0.0;  // any family p <= 0.05
};

ContrastData experiment(const Null& null, std::uint64_t seed, Random& random) {
  const std::vector<int> order = draw_boot_order({5, 5}, seed);
  const std::size_t failing = null.one_fails ? random.below(10) : 10;
  const std::size_t lacking = null.some_missing ? random.below(10) : 10;
  ContrastData data;
  data.order = BootOrder::balanced;
  data.rows.resize(static_cast<std::size_t>(null.rows));
  for (RowData& row : data.rows) row.metric.primary = true;
  for (std::size_t slot = 0; slot < order.size(); ++slot) {
    ArmData& arm = order[slot] == 0 ? data.reference : data.patched;
    const double of_boot = noise(random) + null.drift * static_cast<double>(slot) / 10.0;
    if (slot == failing) {
      ++arm.failed;
      continue;
    }
    arm.boots.push_back({std::to_string(slot), static_cast<int>(slot) + 1});
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
      std::optional<double> value = std::exp(0.02 * (of_boot + noise(random)));
      if (slot == lacking && i == 0) value = std::nullopt;
      (order[slot] == 0 ? data.rows[i].reference : data.rows[i].patched).push_back(value);
    }
  }
  return data;
}

Rates simulate(const Null& null) {
  Random random(20'260'101);
  int row = 0;
  int family = 0;
  for (int i = 1; i <= null.experiments; ++i) {
    const Comparison result = compare(experiment(null, static_cast<std::uint64_t>(i), random));
    row += result.rows.front().row_p.value() <= 0.05 ? 1 : 0;
    bool any = false;
    for (const ComparisonRow& r : result.rows) any = any || r.family_p.value_or(1.0) <= 0.05;
    family += any ? 1 : 0;
  }
  return {static_cast<double>(row) / null.experiments, static_cast<double>(family) / null.experiments};
}

void check(const Null& null) {
  const Rates rates = simulate(null);
  const double most = 0.05 + 4.0 * std::sqrt(0.05 * 0.95 / null.experiments);
  CHECK(rates.row <= most);
  CHECK(rates.family <= most);
  // A test that never alarms would pass as well.
  CHECK(rates.row >= 0.01);
  CHECK(rates.family >= 0.01);
}

}  // namespace

TEST_CASE("null data: one row") { check({}); }
TEST_CASE("null data: twelve rows, correlated through their boots") {
  check({.experiments = 800, .rows = 12});
}
TEST_CASE("null data: a drift of 6 sigma over the experiment") { check({.rows = 2, .drift = 6.0}); }
TEST_CASE("null data: drift and a failed boot") { check({.drift = 6.0, .one_fails = true}); }
TEST_CASE("null data: drift and a missing value") { check({.rows = 2, .drift = 6.0, .some_missing = true}); }

TEST_CASE("invariances: units, swapped arms, permuted rows, boots renumbered") {
  Random random(99);
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    ContrastData data = experiment({.rows = 4}, seed, random);
    const Comparison result = compare(data);

    ContrastData other_unit = data;
    ContrastData swapped = data;
    std::swap(swapped.reference, swapped.patched);
    ContrastData backwards = data;  // slots mirrored: the balanced set is symmetric
    for (ArmData* arm : {&backwards.reference, &backwards.patched}) {
      for (BootPoint& boot : arm->boots) boot.slot = 11 - boot.slot;
    }
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
      for (auto* values : {&other_unit.rows[i].reference, &other_unit.rows[i].patched}) {
        for (auto& value : *values) *value *= 1024.0;
      }
      std::swap(swapped.rows[i].reference, swapped.rows[i].patched);
    }
    std::reverse(backwards.rows.begin(), backwards.rows.end());

    const Comparison scaled = compare(other_unit);
    const Comparison exchanged = compare(swapped);
    const Comparison mirrored = compare(backwards);
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
      const ComparisonRow& row = result.rows[i];
      CHECK(scaled.rows[i].row_p == row.row_p);
      CHECK(scaled.rows[i].family_p == row.family_p);
      CHECK(scaled.rows[i].effect->estimate == Approx(row.effect->estimate));
      CHECK(exchanged.rows[i].row_p == row.row_p);
      CHECK(exchanged.rows[i].family_p == row.family_p);
      CHECK(exchanged.rows[i].effect->estimate == Approx(1.0 / row.effect->estimate));
      CHECK(exchanged.rows[i].effect->low == Approx(1.0 / row.effect->high));
      CHECK(mirrored.rows[3 - i].row_p == row.row_p);
      CHECK(mirrored.rows[3 - i].family_p == row.family_p);
    }
  }
}

TEST_CASE("a family p is at least the row's own, and grows with the family") {
  Random random(5);
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const ContrastData data = experiment({.rows = 6}, seed, random);
    const Comparison whole = compare(data);
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
      ContrastData alone = data;
      alone.rows = {data.rows[i]};
      CHECK(whole.rows[i].family_p.value() >= compare(alone).rows.front().family_p.value());
    }
  }
}

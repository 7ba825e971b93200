// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "stats/summarise.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

struct LeftOut {
  int missing[2] = {0, 0};  // reference, patched
  int nan = 0;
  int infinite = 0;
  int out_of_range = 0;
};

bool in_range(double value) {
  return value == 0.0 || (std::abs(value) >= 1e-150 && std::abs(value) <= 1e150);
}

std::string counted(int count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {} excluded", count, count == 1 ? singular : plural);
}

std::string describe(const LeftOut& left_out, int reference, int patched) {
  std::vector<std::string> parts;
  if (left_out.nan > 0) parts.push_back(counted(left_out.nan, "NaN", "NaN"));
  if (left_out.infinite > 0) parts.push_back(counted(left_out.infinite, "infinite value", "infinite values"));
  if (left_out.out_of_range > 0) {
    parts.push_back(
        counted(left_out.out_of_range, "value beyond 1e-150..1e150", "values beyond 1e-150..1e150"));
  }
  std::vector<std::string> missing;
  if (left_out.missing[0] > 0)
    missing.push_back(fmt::format("{} of {} reference", left_out.missing[0], reference));
  if (left_out.missing[1] > 0)
    missing.push_back(fmt::format("{} of {} patched", left_out.missing[1], patched));
  if (!missing.empty()) parts.push_back(fmt::format("missing in {} boots", join(missing, " and ")));
  return join(parts, "; ");
}

std::optional<double> variation(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  const double count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  if (mean <= 0.0) return std::nullopt;
  double squares = 0.0;
  for (const double value : values) squares += (value / mean - 1.0) * (value / mean - 1.0);
  const double variation = std::sqrt(squares / (count - 1.0));
  if (!std::isfinite(variation)) return std::nullopt;
  return variation;
}

std::vector<ComparedBoot> compared(std::span<const double> values, std::span<const int> boots,
                                   const ArmData& arm, int first_boot) {
  std::vector<ComparedBoot> result;
  if (values.empty()) return result;
  const double centre = median({values.begin(), values.end()});
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - centre));
  const double mad = median(distances);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const BootPoint& point = arm.boots[static_cast<std::size_t>(boots[i] - first_boot)];
    result.push_back({point.boot, point.slot, values[i], distances[i] > 5.0 * mad});
  }
  return result;
}

}  // namespace

std::vector<double> RowValues::tested(int boots_of_design) const {
  std::vector<double> row(static_cast<std::size_t>(boots_of_design),
                          std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < boots.size(); ++i) {
    row[static_cast<std::size_t>(boots[i])] = is_ratio ? std::log(values[i]) : values[i];
  }
  return row;
}

RowValues usable_values(const RowData& row, const Design& design) {
  RowValues usable;
  LeftOut left_out;
  for (int boot = 0; boot < design.boots(); ++boot) {
    const bool is_patched = boot >= design.reference();
    const auto& arm = is_patched ? row.patched : row.reference;
    const std::size_t place = static_cast<std::size_t>(is_patched ? boot - design.reference() : boot);
    if (place >= arm.size() || !arm[place]) {
      ++left_out.missing[is_patched ? 1 : 0];
      continue;
    }
    const double value = *arm[place];
    if (std::isnan(value)) {
      ++left_out.nan;
    } else if (std::isinf(value)) {
      ++left_out.infinite;
    } else if (!in_range(value)) {
      ++left_out.out_of_range;
    } else {
      usable.boots.push_back(boot);
      usable.values.push_back(value);
      ++(is_patched ? usable.patched : usable.reference);
      usable.is_ratio = usable.is_ratio && value > 0.0;
    }
  }
  usable.note = describe(left_out, design.reference(), design.patched());
  return usable;
}

void describe_arms(const RowValues& row, const ContrastData& data, ComparisonRow& out) {
  const std::span<const int> boots(row.boots);
  const auto reference = static_cast<std::size_t>(row.reference);
  const auto first_patched = static_cast<int>(data.reference.boots.size());
  out.reference = compared(row.reference_values(), boots.first(reference), data.reference, 0);
  out.patched = compared(row.patched_values(), boots.subspan(reference), data.patched, first_patched);
  const auto middle = [](std::span<const double> values) -> std::optional<double> {
    if (values.empty()) return std::nullopt;
    return median({values.begin(), values.end()});
  };
  out.reference_median = middle(row.reference_values());
  out.patched_median = middle(row.patched_values());
  if (row.is_ratio) {
    out.reference_cv = variation(row.reference_values());
    out.patched_cv = variation(row.patched_values());
  }
}

}  // namespace klab

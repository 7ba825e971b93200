// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/csv_import.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "stats/csv_measurements.hpp"
#include "stats/labelling.hpp"
#include "stats/summarise.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t kMostBoots = 1000;  // per arm

struct ImportedBoot {
  BootPoint point;
  int line = 0;  // where it appears first
};

struct ImportedArm {
  std::string name;
  std::vector<ImportedBoot> boots;
  std::map<std::string, std::size_t> boot_by_name;
};

// The attributes of a row's metric with the line that gave each; 0: none did.
struct ImportedRow {
  RowData data;
  int unit_line = 0;
  int better_line = 0;
  int primary_line = 0;
  int min_change_line = 0;
};

struct Place {
  std::size_t row, arm, boot;
  auto operator<=>(const Place&) const = default;
};

// Sorts the lines of a file into arms, boots and rows, and refuses what contradicts itself.
class Importer {
 public:
  Result<void> add(const Measurement& line) {
    const std::size_t arm = arm_of(line);
    const Result<std::size_t> boot = boot_of(line, arm);
    if (!boot) return boot.error();
    const Result<std::size_t> row = row_of(line);
    if (!row) return row.error();
    iterations_[{*row, arm, *boot}].push_back(line.value);
    return {};
  }

  const std::vector<ImportedArm>& arms() const { return arms_; }

  std::optional<std::size_t> find_arm(const std::string& name) const {
    const auto found =
        std::find_if(arms_.begin(), arms_.end(), [&](const auto& arm) { return arm.name == name; });
    if (found == arms_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - arms_.begin());
  }
  std::string arm_names() const {
    std::vector<std::string> names;
    for (const ImportedArm& arm : arms_) names.push_back(fmt::format("\"{}\"", printable(arm.name)));
    return join(names, ", ");
  }

  // A row belongs to the contrast when either arm has it.
  ContrastData contrast(std::size_t reference, std::size_t patched) const {
    ContrastData data;
    data.reference = arm_data(arms_[reference]);
    data.patched = arm_data(arms_[patched]);
    data.order = order(reference, patched);
    std::vector<std::vector<std::optional<double>>> values[2];
    for (const std::size_t arm : {reference, patched}) {
      auto& of_arm = values[arm == reference ? 0 : 1];
      of_arm.assign(rows_.size(), std::vector<std::optional<double>>(arms_[arm].boots.size()));
    }
    std::vector<bool> present(rows_.size(), false);
    for (const auto& [place, iterations] : iterations_) {
      if (place.arm != reference && place.arm != patched) continue;
      values[place.arm == reference ? 0 : 1][place.row][place.boot] = summary(iterations);
      present[place.row] = true;
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!present[i]) continue;
      RowData& row = data.rows.emplace_back(rows_[i].data);
      row.reference = std::move(values[0][i]);
      row.patched = std::move(values[1][i]);
    }
    return data;
  }

  void describe(std::vector<std::string>& notes) const {
    std::size_t several = 0, not_finite = 0;
    for (const auto& [place, iterations] : iterations_) {
      several += iterations.size() > 1 ? 1 : 0;
      if (summary_is_finite(iterations)) {
        not_finite += static_cast<std::size_t>(
            std::count_if(iterations.begin(), iterations.end(), [](double v) { return !std::isfinite(v); }));
      }
    }
    if (several > 0) {
      notes.push_back(
          "several values of one boot and row are iterations: their median is the boot's one number");
    }
    if (not_finite > 0) {
      notes.push_back(
          fmt::format("{} excluded: not finite",
                      not_finite == 1 ? "1 iteration is" : fmt::format("{} iterations are", not_finite)));
    }
    std::size_t boots = 0, with_slot = 0;
    for (const ImportedArm& arm : arms_) {
      for (const ImportedBoot& boot : arm.boots) {
        ++boots;
        with_slot += boot.point.slot > 0 ? 1 : 0;
      }
    }
    if (with_slot == 0) {
      notes.push_back("the order of the boots is not known: host drift cannot be told from the change");
    } else if (with_slot < boots) {
      notes.push_back(fmt::format("{} of {} boots have no slot: the order is taken as not known",
                                  boots - with_slot, boots));
    }
  }

 private:
  std::size_t arm_of(const Measurement& line) {
    const auto [found, is_new] = arm_by_name_.try_emplace(line.arm, arms_.size());
    if (is_new) arms_.push_back({line.arm, {}, {}});
    return found->second;
  }

  Result<std::size_t> boot_of(const Measurement& line, std::size_t arm_index) {
    ImportedArm& arm = arms_[arm_index];
    const auto [found, is_new] = arm.boot_by_name.try_emplace(line.boot, arm.boots.size());
    if (is_new) {
      if (arm.boots.size() == kMostBoots) {
        return input_error(
            "line {}: arm \"{}\" has more than {} boots; a boot is one start of the kernel, name the "
            "same boot on all its iterations",
            line.line, printable(line.arm), kMostBoots);
      }
      arm.boots.push_back({{line.boot, 0}, line.line});
    }
    ImportedBoot& boot = arm.boots[found->second];
    if (!line.slot || boot.point.slot == *line.slot) return found->second;
    if (boot.point.slot > 0) {
      return input_error(
          "line {}: slot {} of boot \"{}\" contradicts slot {} on line {}; a boot has one slot", line.line,
          *line.slot, printable(line.boot), boot.point.slot, boot.line);
    }
    const auto [taken, is_free] = boot_by_slot_.try_emplace(*line.slot, line.line);
    if (!is_free) {
      return input_error(
          "line {}: slot {} is taken by another boot on line {}; every boot has a slot of its own", line.line,
          *line.slot, taken->second);
    }
    boot.point.slot = *line.slot;
    boot.line = line.line;
    return found->second;
  }

  Result<std::size_t> row_of(const Measurement& line) {
    const auto [found, is_new] =
        row_by_name_.try_emplace({line.workload, line.case_name, line.metric}, rows_.size());
    if (is_new) {
      ImportedRow& row = rows_.emplace_back();
      row.data.workload = line.workload;
      row.data.case_name = line.case_name;
      row.data.metric.name = line.metric;
      row.data.metric.primary = true;
    }
    ImportedRow& row = rows_[found->second];
    Metric& metric = row.data.metric;
    Result<void> agreed;
    if (line.unit) agreed = agree(line, "unit", *line.unit, metric.unit, row.unit_line);
    if (agreed && line.better) agreed = agree(line, "better", *line.better, metric.better, row.better_line);
    if (agreed && line.primary)
      agreed = agree(line, "primary", *line.primary, metric.primary, row.primary_line);
    if (agreed && line.min_change) {
      agreed = agree(line, "min_change", *line.min_change, metric.min_change, row.min_change_line);
    }
    if (!agreed) return agreed.error();
    return found->second;
  }

  static std::string shown(const std::string& value) { return printable(value); }
  static std::string shown(Better value) { return std::string(name(value)); }
  static std::string shown(bool value) { return value ? "yes" : "no"; }
  static std::string shown(double value) { return fmt::format("{}", value); }

  template <class T>
  static Result<void> agree(const Measurement& line, std::string_view column, const T& value, T& known,
                            int& known_line) {
    if (known_line > 0 && known != value) {
      return input_error(
          "line {}: {} \"{}\" contradicts \"{}\" on line {}; a workload, case and metric have one", line.line,
          column, shown(value), shown(known), known_line);
    }
    if (known_line == 0) known_line = line.line;
    known = value;
    return {};
  }

  static bool summary_is_finite(const std::vector<double>& iterations) {
    return std::any_of(iterations.begin(), iterations.end(),
                       [](double value) { return std::isfinite(value); });
  }
  static double summary(const std::vector<double>& iterations) {
    std::vector<double> finite;
    std::copy_if(iterations.begin(), iterations.end(), std::back_inserter(finite),
                 [](double value) { return std::isfinite(value); });
    return finite.empty() ? iterations.front() : median(std::move(finite));
  }

  static ArmData arm_data(const ImportedArm& arm) {
    ArmData data;
    data.label = arm.name;
    for (const ImportedBoot& boot : arm.boots) data.boots.push_back(boot.point);
    return data;
  }

  BootOrder order(std::size_t reference, std::size_t patched) const {
    const std::size_t boots = arms_[reference].boots.size() + arms_[patched].boots.size();
    // Slots are distinct, so this many up to `boots` are exactly 1 .. boots.
    if (arms_.size() != 2 || boot_by_slot_.size() != boots ||
        boot_by_slot_.rbegin()->first != static_cast<int>(boots)) {
      return BootOrder::unknown;
    }
    long sum = 0;
    for (const ImportedBoot& boot : arms_[patched].boots) sum += boot.point.slot;
    const Balance balance{static_cast<int>(arms_[reference].boots.size()),
                          static_cast<int>(arms_[patched].boots.size())};
    return balance.allows(sum) ? BootOrder::balanced : BootOrder::unknown;
  }

  std::vector<ImportedArm> arms_;
  std::vector<ImportedRow> rows_;
  std::map<std::string, std::size_t> arm_by_name_;
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> row_by_name_;
  std::map<int, int> boot_by_slot_;  // slot to the line that took it
  std::map<Place, std::vector<double>> iterations_;
};

}  // namespace

Result<ImportedComparison> import_csv(std::string_view text, std::string_view file_name,
                                      std::optional<std::string> reference_arm, double delta) {
  const auto refuse = [file = printable(file_name)](std::string_view cause) {
    return input_error("cannot read \"{}\": {}", file, cause);
  };
  Result<Measurements> measurements = read_measurements(text);
  if (!measurements) return refuse(measurements.error().message);
  Importer importer;
  for (const Measurement& line : measurements->lines) {
    if (const Result<void> added = importer.add(line); !added) return refuse(added.error().message);
  }
  if (importer.arms().size() == 1) {
    return refuse(fmt::format("only arm {} is in it; a comparison needs two arms", importer.arm_names()));
  }
  const std::optional<std::size_t> reference = reference_arm ? importer.find_arm(*reference_arm) : 0;
  if (!reference) {
    return refuse(fmt::format("no arm \"{}\" for the reference; its arms are {}", printable(*reference_arm),
                              importer.arm_names()));
  }
  ImportedComparison imported;
  imported.notes = std::move(measurements->notes);
  importer.describe(imported.notes);
  if (!reference_arm) {
    imported.notes.push_back(fmt::format("the reference is arm \"{}\", the first of the file",
                                         printable(importer.arms()[*reference].name)));
  }
  for (std::size_t arm = 0; arm < importer.arms().size(); ++arm) {
    if (arm == *reference) continue;
    imported.contrasts.push_back(importer.contrast(*reference, arm));
    imported.contrasts.back().delta = delta;
  }
  return imported;
}

}  // namespace klab

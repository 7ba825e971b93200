// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/matrix_parts.hpp"

#include <algorithm>
#include <array>
#include <regex>

namespace klab {
namespace {

constexpr std::array<const char*, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

// One table of a definition; `use` gets its reader.
template <class Use>
Result<void> read_part(std::string_view definition, const char* name, Use use) {
  const std::string shown = "the matrix as it was";
  auto table = parse_toml(definition, shown);
  if (!table) return table.error();
  std::optional<Error> error;
  TomlReader reader(*table, "", shown, error);
  reader.table(name, use);
  if (error) return *error;
  return {};
}

}  // namespace

void read_nightly(TomlReader& reader, NightlySchedule& nightly) {
  std::string at, budget;
  std::vector<std::string> days;
  reader.read("at", at);
  reader.read_texts("days", days);
  reader.read("budget", budget);
  if (reader.failed()) return;
  std::smatch parts;
  if (!std::regex_match(at, parts, std::regex("([01][0-9]|2[0-3]):([0-5][0-9])"))) return reader.fail_at("at", "must be a time of day such as \"02:00\"");
  nightly.hour = std::stoi(parts[1]);
  nightly.minute = std::stoi(parts[2]);
  if (reader.has("days")) {
    nightly.days.fill(false);
    if (days.empty()) return reader.fail_at("days", "is empty; leave it away for every day");
    for (const auto& day : days) {
      const auto found = std::find(day_names.begin(), day_names.end(), day);
      if (found == day_names.end()) return reader.fail_at("days", fmt::format("no day \"{}\"; known are mon, tue, wed, thu, fri, sat, sun", printable(day)));
      nightly.days[static_cast<std::size_t>(found - day_names.begin())] = true;
    }
  }
  if (!reader.has("budget")) return;
  if (!std::regex_match(budget, parts, std::regex("(?:([0-9]{1,2})h)?(?:([0-9]{1,4})m)?")) || budget.empty())
    return reader.fail_at("budget", "must be a time such as \"6h\", \"90m\" or \"2h30m\"");
  const double seconds = (parts[1].matched ? std::stod(parts[1]) * 3600.0 : 0.0) + (parts[2].matched ? std::stod(parts[2]) * 60.0 : 0.0);
  if (seconds < 60.0 || seconds > 86400.0) return reader.fail_at("budget", "must be between 1m and 24h");
  nightly.budget = seconds;
}

Result<std::optional<NightlySchedule>> nightly_of(std::string_view definition) {
  std::optional<NightlySchedule> nightly;
  auto read = read_part(definition, "nightly", [&](TomlReader& table) { read_nightly(table, nightly.emplace()); });
  if (!read) return read.error();
  return nightly;
}

Result<MatrixSource> reference_of(std::string_view definition) {
  MatrixSource reference;
  auto read = read_part(definition, "reference", [&](TomlReader& table) {
    table.read("tree", reference.tree);
    table.read("ref", reference.ref);
  });
  if (!read) return read.error();
  return reference;
}

}  // namespace klab

// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/parameters.hpp"

#include <algorithm>
#include <charconv>

#include "util/text.hpp"
#include "workload/names.hpp"

namespace klab {
namespace {

std::optional<std::int64_t> to_whole(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class Map>
std::vector<std::string> keys(const Map& map) {
  std::vector<std::string> out;
  for (const auto& [key, value] : map) out.push_back(key);
  return out;
}

Error refuse(const WorkloadDefinition& definition, std::string_view cause) {
  return input_error("cannot use workload \"{}\": {}", definition.name, cause);
}

Result<std::map<std::string, std::string>> read_settings(const WorkloadDefinition& definition,
                                                         std::string_view settings) {
  std::map<std::string, std::string> out;
  for (const std::string& part : split(settings, ',')) {
    const auto equals = part.find('=');
    if (equals == part.npos || equals == 0)
      return refuse(definition, fmt::format("\"{}\" is not PARAMETER=VALUE", printable(part)));
    const std::string name = part.substr(0, equals);
    if (!definition.parameters.contains(name) && !is_reserved_parameter(name)) {
      auto known = keys(definition.parameters);
      known.insert(known.end(), {"pass_timeout", "passes", "profile"});
      std::sort(known.begin(), known.end());
      return refuse(definition, fmt::format("it has no parameter \"{}\"; its parameters are {}",
                                            printable(name), join(known, ", ")));
    }
    if (!out.emplace(name, part.substr(equals + 1)).second)
      return refuse(definition, fmt::format("parameter {} is given twice", name));
  }
  return out;
}

// Removes `key` from the settings; its value, or `fallback` where it was not given.
Result<std::int64_t> take_whole(const WorkloadDefinition& definition,
                                std::map<std::string, std::string>& settings, const std::string& key,
                                std::int64_t fallback, std::int64_t most) {
  const auto given = settings.extract(key);
  if (!given) return fallback;
  const auto number = to_whole(given.mapped());
  if (!number || *number < 1 || *number > most)
    return refuse(definition, fmt::format("parameter {}: \"{}\" is not a whole number from 1 to {}", key,
                                          printable(given.mapped()), most));
  return *number;
}

}  // namespace

bool is_reserved_parameter(std::string_view name) {
  return name == "profile" || name == "passes" || name == "pass_timeout";
}

std::optional<std::string> wrong_value(const Parameter& parameter, std::string_view value) {
  const std::string shown = printable(value);
  if (!is_parameter_value(value)) return fmt::format("\"{}\" has characters that a value cannot have", shown);
  if (!parameter.choices.empty() &&
      std::find(parameter.choices.begin(), parameter.choices.end(), value) == parameter.choices.end())
    return fmt::format("\"{}\" is not one of {}", shown, join(parameter.choices, ", "));
  if (!parameter.whole_number) return std::nullopt;
  const auto number = to_whole(value);
  if (!number) return fmt::format("\"{}\" is not a whole number", shown);
  if (parameter.minimum && *number < *parameter.minimum)
    return fmt::format("{} is less than the minimum, {}", shown, *parameter.minimum);
  if (parameter.maximum && *number > *parameter.maximum)
    return fmt::format("{} is more than the maximum, {}", shown, *parameter.maximum);
  return std::nullopt;
}

std::string_view requested_workload(std::string_view request) { return request.substr(0, request.find(':')); }

Result<WorkloadRun> resolve(const WorkloadDefinition& definition, std::string_view request) {
  const std::string_view name = requested_workload(request);
  if (name != definition.name)
    return refuse(definition, fmt::format("\"{}\" asks for \"{}\"", printable(request), printable(name)));
  std::map<std::string, std::string> settings;
  if (name.size() < request.size()) {
    auto read = read_settings(definition, request.substr(name.size() + 1));
    if (!read) return read.error();
    settings = std::move(*read);
  }

  WorkloadRun run{.definition = definition,
                  .profile = definition.default_profile,
                  .parameters = {},
                  .passes = definition.passes,
                  .pass_timeout = definition.pass_timeout};
  if (const auto profile = settings.extract("profile")) run.profile = profile.mapped();
  for (const auto& [key, parameter] : definition.parameters) run.parameters[key] = parameter.default_value;
  if (!run.profile.empty()) {
    const auto profile = definition.profiles.find(run.profile);
    if (profile == definition.profiles.end())
      return refuse(definition, fmt::format("it has no profile \"{}\"; its profiles are {}",
                                            printable(run.profile), join(keys(definition.profiles), ", ")));
    for (const auto& [key, value] : profile->second.parameters) run.parameters[key] = value;
    run.passes = profile->second.passes.value_or(run.passes);
    run.pass_timeout = profile->second.pass_timeout.value_or(run.pass_timeout);
  }
  auto passes = take_whole(definition, settings, "passes", run.passes, 1000);
  if (!passes) return passes.error();
  run.passes = static_cast<int>(*passes);
  auto limit = take_whole(definition, settings, "pass_timeout", run.pass_timeout.count(), 86400);
  if (!limit) return limit.error();
  run.pass_timeout = std::chrono::seconds(*limit);
  for (const auto& [key, value] : settings) {
    if (const auto cause = wrong_value(definition.parameters.at(key), value))
      return refuse(definition, fmt::format("parameter {}: {}", key, *cause));
    run.parameters[key] = value;
  }
  return run;
}

}  // namespace klab

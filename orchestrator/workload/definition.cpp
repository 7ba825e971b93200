// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/definition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "util/file.hpp"
#include "util/text.hpp"
#include "workload/folder.hpp"
#include "workload/names.hpp"
#include "workload/parameters.hpp"
#include "workload/toml_table.hpp"

namespace klab {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_passes = 1000;
constexpr std::int64_t longest_pass = 86400;
constexpr std::size_t most_cases = 64;  // the runner's tables have this size
constexpr std::size_t most_parameters = 64;

Metric read_metric(TomlTable table, std::set<std::string>& optional) {
  Metric metric;
  metric.name = table.text("name");
  // The runner reads these at the start of a line as statements.
  if (!is_variable_name(metric.name) || metric.name == "unavailable" || metric.name == "log" || metric.name == "fact")
    table.problem("name",
                  fmt::format("\"{}\" cannot name a metric; use a-z, 0-9 and _", printable(metric.name)));
  metric.unit = table.text("unit");
  const std::string better = table.text("better");
  if (const auto direction = better_from_name(better))
    metric.better = *direction;
  else
    table.problem("better", fmt::format("\"{}\" is neither \"higher\" nor \"lower\"", printable(better)));
  metric.primary = table.flag("primary");
  metric.min_change = table.optional_number("min_change").value_or(0.0);
  if (!std::isfinite(metric.min_change) || metric.min_change < 0.0)
    table.problem("min_change", "must be a finite number that is not negative");
  if (table.flag("optional")) {
    optional.insert(metric.name);
    if (metric.primary) table.problem("optional", "a primary metric cannot be optional");
  }
  table.unknown();
  return metric;
}

void read_metrics(TomlTable& top, WorkloadDefinition& out, TomlProblems& problems) {
  for (const toml::table* table : top.tables("metric")) {
    TomlTable reader(*table, "metric", problems);
    out.metrics.push_back(read_metric(reader, out.optional_metrics));
    const auto same = [&](const Metric& m) { return m.name == out.metrics.back().name; };
    if (std::count_if(out.metrics.begin(), out.metrics.end(), same) > 1)
      reader.problem("name", fmt::format("\"{}\" is declared twice", printable(out.metrics.back().name)));
  }
  if (out.metrics.empty()) top.problem("metric", "is missing: a workload has at least one [[metric]]");
}

void read_facts(TomlTable& top, WorkloadDefinition& out, TomlProblems& problems) {
  for (const toml::table* table : top.tables("fact")) {
    TomlTable reader(*table, "fact", problems);
    FactDefinition fact;
    fact.name = reader.text("name");
    if (!is_variable_name(fact.name))
      reader.problem("name", fmt::format("\"{}\" cannot name a fact; use a-z, 0-9 and _", printable(fact.name)));
    fact.description = reader.text("description");
    fact.shown = !reader.flag("hidden");
    reader.unknown();
    const auto same = [&](const FactDefinition& f) { return f.name == fact.name; };
    if (std::any_of(out.facts.begin(), out.facts.end(), same))
      reader.problem("name", fmt::format("\"{}\" is declared twice", printable(fact.name)));
    out.facts.push_back(std::move(fact));
  }
}

Parameter read_parameter(TomlTable table, const std::string& name) {
  Parameter parameter;
  parameter.name = name;
  parameter.whole_number = table.is_whole("default");
  parameter.default_value = table.scalar("default");
  parameter.description = table.text("description");
  parameter.choices = table.texts("choices");
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  parameter.minimum = table.optional_whole("minimum", least, most);
  parameter.maximum = table.optional_whole("maximum", least, most);
  if ((parameter.minimum || parameter.maximum) && !parameter.whole_number)
    table.problem("default", "must be a whole number, because there is a minimum or maximum");
  table.unknown();
  if (const auto cause = wrong_value(parameter, parameter.default_value)) table.problem("default", *cause);
  return parameter;
}

void read_parameters(TomlTable& top, WorkloadDefinition& out, TomlProblems& problems) {
  const toml::table* parameters = top.optional_table("parameters");
  if (!parameters) return;
  TomlTable all(*parameters, "parameters", problems);
  for (const auto& [key, node] : *parameters) {
    const std::string name(key.str());
    if (!is_variable_name(name) || is_reserved_parameter(name))
      all.problem(name,
                  "cannot name a parameter; use a-z, 0-9 and _, but not profile, passes or pass_timeout");
    if (const toml::table* table = all.optional_table(name))
      out.parameters.emplace(name, read_parameter(TomlTable(*table, all.full(name), problems), name));
  }
  if (out.parameters.size() > most_parameters) top.problem("parameters", "has more than 64 parameters");
}

Profile read_profile(TomlTable table, const WorkloadDefinition& definition, const toml::table& source) {
  Profile profile;
  if (const auto passes = table.optional_whole("passes", 1, most_passes))
    profile.passes = static_cast<int>(*passes);
  if (const auto limit = table.optional_whole("pass_timeout", 1, longest_pass))
    profile.pass_timeout = std::chrono::seconds(*limit);
  for (const auto& [key, node] : source) {
    const std::string name(key.str());
    const auto parameter = definition.parameters.find(name);
    if (parameter == definition.parameters.end()) continue;
    const auto value = table.optional_scalar(name);
    if (!value) continue;
    if (const auto cause = wrong_value(parameter->second, *value)) table.problem(name, *cause);
    profile.parameters[name] = *value;
  }
  table.unknown();
  return profile;
}

void read_profiles(TomlTable& top, WorkloadDefinition& out, TomlProblems& problems) {
  if (const toml::table* profiles = top.optional_table("profiles")) {
    TomlTable all(*profiles, "profiles", problems);
    for (const auto& [key, node] : *profiles) {
      const std::string name(key.str());
      if (!is_variable_name(name)) all.problem(name, "cannot name a profile; use a-z, 0-9 and _");
      if (const toml::table* table = all.optional_table(name))
        out.profiles.emplace(name, read_profile(TomlTable(*table, all.full(name), problems), out, *table));
    }
  }
  out.default_profile = top.optional_text("default_profile").value_or("");
  if (!out.default_profile.empty() && !out.profiles.contains(out.default_profile))
    top.problem("default_profile",
                fmt::format("\"{}\" is not among the profiles", printable(out.default_profile)));
}

void read_cases(TomlTable& top, WorkloadDefinition& out) {
  out.cases = top.texts("cases");
  for (const std::string& name : out.cases) {
    if (!is_case_name(name))
      top.problem("cases", fmt::format("\"{}\" cannot name a case; use letters, digits and . _ + = : -",
                                       printable(name)));
    if (std::count(out.cases.begin(), out.cases.end(), name) > 1)
      top.problem("cases", fmt::format("\"{}\" is named twice", printable(name)));
  }
  if (out.cases.size() > most_cases) top.problem("cases", "has more than 64 cases");
}

// Inside the folder, and there.
bool is_part(const fs::path& folder, const fs::path& part) {
  return part.is_relative() && !part.empty() && *part.lexically_normal().begin() != ".." &&
         fs::exists(folder / part);
}

bool has_c_source(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".c") return true;
  return false;
}

void read_needs(TomlTable& top, WorkloadDefinition& out) {
  out.kconfigs = top.texts("kconfigs");
  for (const std::string& name : out.kconfigs)
    if (!is_workload_name(name))
      top.problem("kconfigs", fmt::format("\"{}\" cannot name a fragment of kconfigs/", printable(name)));
  out.command_line = top.optional_text("command_line").value_or("");
  if (out.command_line.size() > 512 || printable(out.command_line) != out.command_line)
    top.problem("command_line", "must be at most 512 printable characters");
  out.instrument = top.optional_text("instrument").value_or("");
  if (!out.instrument.empty() && !is_workload_name(out.instrument))
    top.problem("instrument", fmt::format("\"{}\" cannot name a folder of patches/", printable(out.instrument)));
}

void read_files(TomlTable& top, WorkloadDefinition& out) {
  out.run = top.text("run");
  std::error_code error;
  if (out.run.find('/') != out.run.npos || !is_case_name(out.run) ||
      !fs::is_regular_file(out.path / out.run, error))
    top.problem("run", fmt::format("\"{}\" is not a file in the workload's folder", printable(out.run)));
  else if ((fs::status(out.path / out.run, error).permissions() & fs::perms::owner_exec) == fs::perms::none)
    top.problem("run", fmt::format("\"{}\" is not executable; chmod +x it", out.run));
  out.module = top.optional_text("module").value_or("");
  if (!out.module.empty() &&
      (!is_part(out.path, out.module) || !fs::exists(out.path / out.module / "Kbuild", error)))
    top.problem("module",
                fmt::format("\"{}\" is not a folder with a Kbuild", printable(out.module.string())));
  out.program = top.optional_text("program").value_or("");
  if (!out.program.empty() && (!is_part(out.path, out.program) || !has_c_source(out.path / out.program)))
    top.problem("program", fmt::format("\"{}\" is not a folder with a .c file", printable(out.program.string())));
  for (const std::string& module : top.texts("tree_modules")) {
    const fs::path path(module);
    if (path.is_absolute() || path.extension() != ".ko" || *path.lexically_normal().begin() == "..")
      top.problem("tree_modules",
                  fmt::format("\"{}\" is not the path of a .ko file in a kernel tree", printable(module)));
    out.tree_modules.push_back(path);
  }
}

}  // namespace

std::vector<std::string> WorkloadDefinition::case_names() const {
  return cases.empty() ? std::vector<std::string>{""} : cases;
}

std::string WorkloadDefinition::binary_name() const {
  std::string out = "klab_" + name;
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

Result<WorkloadDefinition> load_workload(const fs::path& folder) {
  const fs::path file = folder / "workload.toml";
  WorkloadDefinition out;
  out.path = folder;
  toml::table document;
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return input_error("cannot read workload \"{}\": there is no such file", file.string());
  const auto text = read_file(file);
  if (!text) return input_error("cannot read workload \"{}\": {}", file.string(), text.error().message);
  const auto parse = [&](std::string_view part) { return toml::parse(part, file.string()); };
  try {
    document = parse(*text);
  } catch (const toml::parse_error& problem) {
    return input_error("cannot read workload \"{}\": line {}: {}", file.string(), problem.source().begin.line,
                       printable(problem.description()));
  } catch (const TomlAssertion&) {
    return input_error("cannot read workload \"{}\": line {}: not TOML", file.string(),
                       toml_assertion_line(*text, parse));
  }
  TomlProblems problems(file.string());
  TomlTable top(document, "", problems);
  const std::string folder_name = (folder / "").lexically_normal().parent_path().filename().string();
  out.name = top.text("name");
  if (!is_workload_name(out.name) || out.name != folder_name)
    top.problem("name", fmt::format("\"{}\" is not the folder's name, \"{}\", in a-z, 0-9, - and _",
                                    printable(out.name), printable(folder_name)));
  out.description = top.text("description");
  out.passes = static_cast<int>(top.optional_whole("passes", 1, most_passes).value_or(out.passes));
  out.pass_timeout = std::chrono::seconds(
      top.optional_whole("pass_timeout", 1, longest_pass).value_or(out.pass_timeout.count()));
  read_cases(top, out);
  read_files(top, out);
  read_needs(top, out);
  read_metrics(top, out, problems);
  read_facts(top, out, problems);
  read_parameters(top, out, problems);
  read_profiles(top, out, problems);
  top.unknown();
  if (problems.first()) return *problems.first();
  auto hash = hash_folder(folder);
  if (!hash) return hash.error();
  out.hash = *hash;
  return out;
}

}  // namespace klab

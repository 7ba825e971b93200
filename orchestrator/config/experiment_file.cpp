// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/experiment_file.hpp"

#include "config/toml_reader.hpp"
#include "model/experiment_json.hpp"

namespace klab {
namespace {

void read_arm(TomlReader& reader, ArmRequest& arm) {
  std::string patches, command_line;
  reader.read("label", arm.label);
  reader.read("tree", arm.tree);
  reader.read("base", arm.base);
  reader.read("series", arm.series);
  reader.read("patches", patches);
  reader.read("kconfig_base", arm.kconfig_base);
  reader.read_texts("kconfigs", arm.kconfigs);
  reader.read("command_line", command_line);
  if (reader.has("command_line")) arm.command_line = std::move(command_line);
  reader.read("machine", arm.machine);
  reader.read("title", arm.title);
  reader.read("heading", arm.heading);
  if (reader.failed()) return;
  if (arm.label.empty()) return reader.fail("an arm needs a label");
  if (patches.empty()) return;
  auto range = parse_patch_range(patches);
  if (range) arm.patches = *range;
  else reader.fail_at("patches", range.error().message);
}

}  // namespace

Result<ExperimentFile> parse_experiment_file(std::string_view text, const std::string& file_name) {
  auto table = parse_toml(text, file_name);
  if (!table) return table.error();

  ExperimentFile file;
  auto& request = file.request;
  std::optional<Error> error;
  TomlReader reader(*table, "", file_name, error);
  reader.read("title", request.title);
  if (reader.has("boots")) reader.read_range("boots", request.boots.emplace(), 1, 100);
  if (reader.has("seed")) reader.read_range<std::uint64_t>("seed", request.seed.emplace(), 1, (1ull << 53) - 1);
  if (reader.has("delta")) reader.read_range("delta", request.delta.emplace(), 0.0, 1.0);
  reader.read("profile", request.profile);
  reader.read("confirm", request.confirm);
  reader.read_texts("workloads", request.workloads);
  reader.each_table("series", [&](const std::string& name, TomlReader& inner) {
    SeriesRequest series;
    series.name = name;
    std::vector<std::string> sources;
    inner.read_texts("sources", sources);
    if (inner.has("version")) inner.read_range("version", series.version.emplace(), 1, 1000);
    if (!inner.failed() && sources.empty()) inner.fail("a series needs sources, a list of files, directories or ranges");
    request.series.push_back(std::move(series));
    file.sources.push_back(std::move(sources));
  });
  reader.each_element("arms", [&](TomlReader& inner) { read_arm(inner, request.arms.emplace_back()); });
  reader.each_element("contrasts", [&](TomlReader& inner) {
    auto& contrast = request.contrasts.emplace_back();
    inner.read("reference", contrast.reference);
    inner.read("patched", contrast.patched);
  });
  reader.finish();
  if (error) return *error;
  if (request.arms.empty()) return input_error("cannot use \"{}\": no [[arms]]; an experiment needs at least two", file_name);
  return file;
}

}  // namespace klab

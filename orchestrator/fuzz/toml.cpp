// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "config/config.hpp"
#include "config/experiment_file.hpp"
#include "config/matrix_file.hpp"
#include "fuzz/target.hpp"
#include "util/file.hpp"
#include "workload/definition.hpp"

namespace klab::fuzz {
namespace {

namespace fs = std::filesystem;

void config_file(std::string_view input) {
  ConfigEnvironment environment;
  environment.home = "/home/u";
  environment.share = "/usr/share/klab";
  const auto config = parse_config(input, "f", environment);
  if (!config) return hold_error(config.error(), "cannot use \"f\": ");
  hold(config->state.is_absolute() && config->cache.is_absolute(), "a directory that is relative");
  hold(config->defaults.boots >= 1 && config->defaults.boots <= 100, "{} boots", config->defaults.boots);
  hold(config->defaults.delta >= 0 && config->defaults.delta <= 1, "delta is {}", config->defaults.delta);
  hold(config->trees.contains(config->defaults.tree), "a default tree that is none");
  hold(config->machines.contains(config->defaults.machine), "a default machine that is none");
  for (const auto& [name, machine] : config->machines) {
    hold(machine.vcpus == machine.sockets * machine.cores * machine.threads, "{} vcpus", machine.vcpus);
    hold(machine.memory_mib >= 64, "{} MiB", machine.memory_mib);
    hold(machine.boot_limit.count() >= 1 && machine.run_limit.count() >= 1, "a limit of nothing");
  }
}

void experiment_file(std::string_view input) {
  const auto file = parse_experiment_file(input, "f");
  if (!file) return hold_error(file.error(), "cannot use \"f\": ");
  const auto& request = file->request;
  hold(!request.arms.empty(), "no arms, and no error");
  hold(file->sources.size() == request.series.size(), "sources without a series");
  for (const auto& sources : file->sources) hold(!sources.empty(), "a series without sources");
  if (request.delta) hold(*request.delta >= 0 && *request.delta <= 1, "delta is {}", *request.delta);
  if (request.boots) hold(*request.boots >= 1 && *request.boots <= 100, "{} boots", *request.boots);
  for (const auto& arm : request.arms) {
    hold(!arm.label.empty(), "an arm without a label");
    if (arm.patches) hold(arm.patches->first >= 1 && arm.patches->last >= arm.patches->first, "a range of nothing");
  }
}

// A folder with everything that a definition may name.
struct WorkloadFolder {
  WorkloadFolder() : parent(TemporaryDirectory::create(fs::temp_directory_path(), "klab-fuzz-").value()) {
    make_directories(parent.path() / "w" / "module").value();
    write_file_atomic(parent.path() / "w" / "run", "#!/bin/sh\n").value();
    write_file_atomic(parent.path() / "w" / "module" / "Kbuild", "obj-m := m.o\n").value();
    ::chmod((parent.path() / "w" / "run").c_str(), 0755);
  }
  TemporaryDirectory parent;
};

void workload_file(std::string_view input) {
  static const WorkloadFolder folder;
  const auto path = folder.parent.path() / "w";
  const auto zero = input.find('\0');
  const std::string request = zero == input.npos ? "w" : "w:" + std::string(input.substr(zero + 1));
  // Not write_file_atomic(): its fsync would be most of the time.
  if (std::FILE* file = std::fopen((path / "workload.toml").c_str(), "w")) {
    std::fwrite(input.data(), 1, std::min(zero, input.size()), file);
    std::fclose(file);
  }
  const auto definition = load_workload(path);
  if (!definition) return hold_error(definition.error(), "cannot read workload \"");
  hold(definition->name == "w" && !definition->metrics.empty(), "a definition without a name or metrics");
  hold(definition->passes >= 1 && definition->passes <= 1000, "{} passes", definition->passes);
  hold(!definition->case_names().empty() && definition->case_names().size() <= 64, "too many cases");
  for (const auto& metric : definition->metrics)
    hold(!metric.name.empty() && std::isfinite(metric.min_change) && metric.min_change >= 0, "min_change is {}",
         metric.min_change);
  const auto run = resolve(*definition, request);
  if (!run) {
    hold(zero != input.npos || !definition->default_profile.empty() || !definition->parameters.empty(),
         "a plain request was refused: {}", run.error().message);
    return hold_error(run.error(), "cannot use ");
  }
  hold(run->passes >= 1 && run->passes <= 1000, "{} passes", run->passes);
  hold(run->pass_timeout.count() >= 1 && run->pass_timeout.count() <= 86400, "{} s", run->pass_timeout.count());
  for (const auto& [name, parameter] : definition->parameters)
    hold(run->parameters.contains(name), "parameter {} has no value", name);
}

void matrix_file(std::string_view input) {
  static const Config config = [] {
    ConfigEnvironment environment;
    environment.home = "/home/u";
    environment.share = KLAB_SOURCE_ROOT;
    return parse_config("[trees.t]\nrepository = \"/r\"\n[machines.m]\nvcpus = 2\n", "f", environment).value();
  }();
  const auto matrix = parse_matrix(input, "f.toml", config);
  if (!matrix) return hold_error(matrix.error(), "cannot use \"f.toml\": ");
  hold(matrix->name == "f" && matrix->definition == input, "neither name nor text");
  hold(matrix->cells.size() <= most_cells, "{} cells", matrix->cells.size());
  hold(config.trees.contains(matrix->reference.tree) && !matrix->reference.ref.empty(), "a reference that is none");
  if (matrix->boots) hold(*matrix->boots >= 1 && *matrix->boots <= 100, "{} boots", *matrix->boots);
  if (matrix->delta) hold(*matrix->delta >= 0 && *matrix->delta <= 1, "delta is {}", *matrix->delta);
  if (matrix->nightly) {
    const auto& at = *matrix->nightly;
    hold(at.hour >= 0 && at.hour < 24 && at.minute >= 0 && at.minute < 60, "{}:{}", at.hour, at.minute);
    hold(std::count(at.days.begin(), at.days.end(), true) > 0, "a night of no day");
    if (at.budget) hold(std::isfinite(*at.budget) && *at.budget > 0, "{} s", *at.budget);
  }
  std::set<std::string> labels;
  for (const auto& cell : matrix->cells) {
    hold(config.trees.contains(cell.tree), "a cell of a tree that is none");
    hold(labels.insert(cell.label).second, "two cells are called {}", cell.label);
  }
}

}  // namespace

void toml(std::string_view input) {
  switch (take_choice(input, 4)) {
    case 0: return config_file(input);
    case 1: return experiment_file(input);
    case 2: return workload_file(input);
    default: return matrix_file(input);
  }
}

}  // namespace klab::fuzz
